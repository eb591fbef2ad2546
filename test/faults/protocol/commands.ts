import * as fc from "fast-check"
import { contentSteps } from "./content-steps.ts"
import { listingSteps } from "./listing-steps.ts"
import type { Play } from "./play.ts"
import { CONTENTS, REPOSITORIES } from "./pool.ts"
import { ask, type Question } from "./question.ts"
import type { State } from "./state.ts"
import { pick, type Step } from "./step.ts"
import { undoArbitraries } from "./undo-commands.ts"
import { uploadSteps } from "./upload-steps.ts"

export type Command = fc.AsyncCommand<State, Play>

function command(parts: Pick<Command, "check" | "run" | "toString">): Command {
  return {
    ...parts,
    run: async (state, play) => {
      play.counts.commands++
      await parts.run(state, play)
      play.cursors.observe(state)
    },
  }
}

/** One request, and now and then the same once more: the reply was lost, as far as the client knows. */
function request(step: Step, isRepeated: boolean): Command {
  return command({
    check: (state) => step.make(state) !== undefined,
    run: async (state, play) => {
      const question = step.make(state)
      if (question === undefined) return
      // What went at once is told by the millisecond.
      if (question.method === "DELETE" && question.kind === "manifest") await Bun.sleep(2)
      const { status } = await play.exchange(question)
      if (question.method === "DELETE" && status === 202) await readDeleted(play, question)
      if (isRepeated) await repeat(play, question)
    },
    toString: () => (isRepeated ? `${step.text}, twice` : step.text),
  })
}

/** What is deleted is gone at once, and nowhere else (C4): the model knows what the others hold. */
async function readDeleted(play: Play, { kind, reference, repository }: Question): Promise<void> {
  for (const method of ["GET", "HEAD"] as const) {
    const { status } = await play.exchange(ask(method, kind, { repository, reference }))
    if (status !== 404) throw new Error(`${method} of what was deleted is answered ${status}`)
  }
  for (const other of REPOSITORIES) await play.exchange(ask("HEAD", kind, { repository: other, reference }))
}

/** A request that is made again ends in the same state (C6), but for a session of which nobody was told. */
async function repeat(play: Play, question: Question): Promise<void> {
  // Without an offset an appended chunk is another chunk: whoever lost a reply has to look first.
  if (question.method === "PATCH" && question.headers["content-range"] === undefined) return
  const before = describe(play.model.state)
  await play.exchange(question)
  if (question.kind === "uploads") return
  const after = describe(play.model.state)
  if (before !== after) throw new Error(`once more, the same request changed\n${before}\ninto\n${after}`)
}

function describe({ repositories, uploads }: State): string {
  return JSON.stringify({
    uploads: [...uploads.values()].map(({ id, bytes }) => [id, bytes.length]),
    repositories: [...repositories].map(([name, { blobs, manifests, tags }]) => {
      return [name, [...blobs], [...manifests.keys()], [...tags]]
    }),
  })
}

/** Goes on reading a list where it was left, whatever has changed since (C5). */
function turnPage(repository: string, n: number): Command {
  const kind = repository === "" ? "catalog" : "tags"
  return command({
    check: (state) => repository === "" || (state.repositories.get(repository)?.tags.size ?? 0) > 0,
    run: async (state, play) => {
      const { cursors } = play
      const { last } = cursors.begin(state, repository)
      const query: [string, string][] = [
        ["n", String(n)],
        ...(last === undefined ? [] : [["last", last] as [string, string]]),
      ]
      const answer = await play.exchange(ask("GET", kind, { repository, query }))
      const { tags, repositories } = JSON.parse(answer.body) as { tags?: string[]; repositories?: string[] }
      cursors.turn(repository, { items: tags ?? repositories ?? [], hasMore: answer.headers["link"] !== undefined })
    },
    toString: () => `read on in ${kind} ${repository} by ${n}`,
  })
}

/** The connection is lost in the middle of a chunk (C7). */
function interrupt(index: number, content: Uint8Array, keptBytes: number): Command {
  return command({
    check: ({ uploads }) => uploads.size > 0,
    run: async ({ uploads }, play) => {
      const upload = pick([...uploads.values()], index)
      if (upload === undefined) return
      const { id: reference, repository, owner, bytes } = upload
      // Whether nothing came or one byte is not told, and only the first may end such an upload.
      if (bytes.length === 0 && owner !== "admin") return
      const body = content.subarray(0, Math.max(0, 900 - bytes.length))
      const user = owner as Question["user"]
      await play.interrupt(
        ask("PATCH", "upload", { reference, repository, user, body }),
        Math.min(keptBytes, body.length),
      )
      await play.exchange(ask("GET", "upload", { reference, repository, user }))
    },
    toString: () => `lose the connection in upload ${index} after ${keptBytes} of ${content.length} bytes`,
  })
}

const undo = fc.oneof(...undoArbitraries).map((undoing) => command(undoing))

const restart = command({
  check: () => true,
  run: async (_, { model, registry }) => {
    if (registry.restart === undefined) return
    await registry.restart()
    model.restart()
  },
  toString: () => "start anew",
})

const steps = fc.oneof(...uploadSteps, ...contentSteps, ...listingSteps)
const isRepeated = fc.nat(11).map((drawn) => drawn === 7)

function requestCommands(): fc.Arbitrary<Command> {
  return fc.tuple(steps, isRepeated).map(([step, twice]) => request(step, twice))
}

/** Each as often as it stands in the list. */
export const commandArbitraries: fc.Arbitrary<Command>[] = [
  ...Array.from({ length: 24 }, requestCommands),
  fc.tuple(fc.constantFrom("", "", ...REPOSITORIES), fc.constantFrom(1, 2)).map(([name, n]) => turnPage(name, n)),
  fc
    .tuple(fc.nat(9), fc.constantFrom(...CONTENTS), fc.nat(300))
    .map(([index, content, kept]) => interrupt(index, content, kept)),
  undo,
  undo,
]

export const restartArbitrary = fc.constant(restart)
