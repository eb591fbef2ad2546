import { observe } from "./observe.ts"
import type { Model } from "./model.ts"
import { ask, type Answer, type Question } from "./question.ts"
import { createCursors, type Cursors } from "./cursors.ts"
import type { TestedRegistry } from "./registries.ts"

/** A model and a registry that are asked the same. */
export interface Play {
  model: Model
  registry: TestedRegistry
  cursors: Cursors
  /** Asks both. Throws where the answers differ, else gives the answer. */
  exchange(question: Question): Promise<Answer>
  /** Sends a body that ends in the middle, and takes over how much of it the registry kept. */
  interrupt(question: Question, keptBytes: number): Promise<void>
  counts: { commands: number; requests: number }
  /** How often each status was the right one: `PUT manifest 201`. */
  outcomes: Map<string, number>
}

export function createPlay(model: Model, registry: TestedRegistry): Play {
  /** The registry's own names of uploads, by the model's. */
  const names = new Map<string, string>()
  const toUploadId = (id: string) => names.get(id) ?? id
  const counts = { commands: 0, requests: 0 }
  const outcomes = new Map<string, number>()

  function translate(answer: Answer, expected: Answer): Answer {
    const told = answer.headers["docker-upload-uuid"]
    const id = expected.headers["docker-upload-uuid"]
    if (told === undefined || id === undefined) return answer
    if (!names.has(id)) names.set(id, told)
    const headers = Object.entries(answer.headers).map(([name, value]) => [name, value.replaceAll(toUploadId(id), id)])
    return { ...answer, headers: Object.fromEntries(headers) as Record<string, string> }
  }

  function fit({ user, face, ...rest }: Question): Question {
    return registry.hasUsers ? { ...rest, user, face } : { ...rest, user: "admin", face: "usual" }
  }

  async function exchange(asked: Question): Promise<Answer> {
    const question = fit(asked)
    counts.requests++
    const [expected, response] = [model.answer(question), await registry.send(question, toUploadId)]
    const answer = translate(await observe(response, question), expected)
    compare(question, expected, answer)
    const outcome = describeOutcome(question, answer)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    return answer
  }

  function compare(question: Question, expected: Answer, answer: Answer): void {
    const wanted = { ...expected, headers: { ...expected.headers } }
    // Within the process there is no runtime yet that would say the length of a body.
    if (registry.hasUsers && answer.headers["content-length"] === undefined) delete wanted.headers["content-length"]
    // The form of an error that has no body to show it.
    if (question.method === "HEAD" && wanted.status >= 400) wanted.body = ""
    if (Bun.deepEquals(wanted, answer)) return
    const { body, ...shown } = question
    throw new Error(
      `${registry.name} differs from the model\nasked ${JSON.stringify({ ...shown, bytes: body?.length })}\n` +
        `model ${JSON.stringify(wanted)}\n${registry.name} ${JSON.stringify(answer)}`,
    )
  }

  return {
    model,
    registry,
    cursors: createCursors(),
    exchange,
    counts,
    outcomes,
    interrupt: async (question, keptBytes) => {
      counts.requests++
      const { body = new Uint8Array(0), reference, repository, user } = question
      const upload = model.state.uploads.get(reference)
      if (upload === undefined) throw new Error(`${reference} is not open`)
      if (registry.cut === undefined) {
        const cut = streamThenFail([body.slice(0, keptBytes >> 1), body.slice(keptBytes >> 1, keptBytes)])
        const response = await registry.send({ ...question, isStreamed: true }, toUploadId, cut)
        if (response.status !== 408) throw new Error(`a body that was cut off was answered ${response.status}`)
      } else {
        await registry.cut(question, toUploadId, body.subarray(0, keptBytes))
        // One that brings nothing has its turn when all that came is kept, and puts that on record.
        const next = ask("PATCH", "upload", { reference, repository, user, body: new Uint8Array(0) })
        const settled = await registry.send(next, toUploadId)
        if (settled.status !== 202) throw new Error(`after a body that was cut off: ${settled.status}`)
      }
      const status = await registry.send(ask("GET", "upload", { reference, repository, user }), toUploadId)
      const last = Number(/^0-(\d+)$/.exec(status.headers.get("range") ?? "")?.[1])
      const [before, most] = [upload.bytes.length, upload.bytes.length + keptBytes]
      // `0-0` says none or one: nobody can go on with that.
      if (last === 0 && before === 0 && keptBytes > 0) {
        await exchange(ask("DELETE", "upload", { reference, repository, user }))
        return
      }
      const size = last === 0 ? before : last + 1
      if (!(size >= before && size <= most)) throw new Error(`of ${before} to ${most} bytes the upload has ${size}`)
      model.settle(upload, Buffer.concat([upload.bytes, body.subarray(0, size - before)]))
      if (registry.cut !== undefined) upload.notedBytes = upload.bytes.length
    },
  }
}

function streamThenFail(pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  const left = pieces.filter(({ length }) => length > 0)
  return new ReadableStream({
    pull: (controller) => {
      const piece = left.shift()
      if (piece === undefined) controller.error(new Error("the connection is cut"))
      else controller.enqueue(piece)
    },
  })
}

function describeOutcome({ method, kind, isStreamed, query }: Question, { status, headers, body }: Answer): string {
  const traits = [
    ...(isStreamed ? ["streamed"] : []),
    ...(headers["link"] === undefined ? [] : ["with more to come"]),
    ...(kind === "referrers" && body.includes("digest") ? ["with referrers"] : []),
    ...(headers["oci-subject"] === undefined ? [] : ["with a subject"]),
    ...(kind === "uploads" && query.some(([name]) => name === "mount") ? ["mount"] : []),
  ]
  return [method, kind, String(status), ...traits].join(" ")
}
