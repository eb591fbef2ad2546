import { describe, expect, test } from "bun:test"
import type { Question } from "./question.ts"
import { openInMemory, openOnDisk, type TestedRegistry } from "./registries.ts"
import { playSequences, type SequenceCounts, type SequenceOptions } from "./sequences.ts"
import { openServer } from "./server.ts"

const SEED = 20_261_122

const parts: [string, Omit<SequenceOptions, "seed">, leastCommands: number][] = [
  ["on disk, with restarts", { open: openOnDisk, sequences: 3, commands: 200, restartsEvery: 75 }, 50],
  ["over the network, killed meanwhile", { open: openServer, sequences: 2, commands: 150, restartsEvery: 75 }, 50],
  ["over TLS", { open: () => openServer(true), sequences: 2, commands: 150 }, 20],
]

describe("the registry and the model of the specification answer the same", () => {
  test("in memory, with users and read-only faces, to requests of every kind, good and bad", async () => {
    const counts = await playSequences({ open: openInMemory, sequences: 14, commands: 250, seed: SEED })
    report("in memory", counts)
    expect([...counts.outcomes.keys()]).toEqual(expect.arrayContaining(MET))
  })

  test.each(parts)(
    "%s",
    async (name, options, leastCommands) => {
      const counts = await playSequences({ ...options, seed: SEED })
      report(name, counts)
      expect(counts.commands).toBeGreaterThan(leastCommands)
    },
    120_000,
  )
})

function report(name: string, { commands, requests, outcomes }: SequenceCounts): void {
  const counted = `${commands} commands of seed ${SEED}, ${requests} requests, ${outcomes.size} kinds of answers`
  console.log(`protocol ${name}: ${counted}, no difference`)
}

/** Without these the comparison would prove little. */
const MET = [
  "POST uploads 201 mount",
  "POST uploads 202 mount",
  "POST uploads 429",
  "PATCH upload 202 streamed",
  "PATCH upload 416",
  "PUT upload 201",
  "PUT upload 400",
  "PUT manifest 201 with a subject",
  "PUT manifest 400",
  "PUT manifest 404",
  "GET manifest 200",
  "GET manifest 304",
  "GET blob 206",
  "DELETE manifest 202",
  "DELETE blob 202",
  "GET tags 200 with more to come",
  "GET catalog 200 with more to come",
  "GET referrers 200 with referrers",
  "GET catalog 401",
  "restore tag 200",
  "restore tag 404",
  "restore manifest 200",
  "restore manifest 400",
  "restore manifest 404",
  "PUT manifest 405",
]

// What the comparison is worth: registries that are wrong in one thing.
const liars: [string, (question: Question, honest: Response) => Response][] = [
  [
    "keeps a page's last entry back",
    (question, honest) => editJson(question, honest, "tags", (tags) => tags.slice(0, -1)),
  ],
  ["lists backwards", (question, honest) => editJson(question, honest, "repositories", (names) => names.toReversed())],
  [
    "says one byte more of an upload",
    ({ method }, honest) => {
      const range = method === "PATCH" ? /^0-([1-9]\d*)$/.exec(honest.headers.get("range") ?? "") : null
      if (range !== null) honest.headers.set("range", `0-${Number(range[1]) + 1}`)
      return honest
    },
  ],
  [
    "forgets to say that it knows subjects",
    (_, honest) => {
      honest.headers.delete("oci-subject")
      return honest
    },
  ],
]

describe("a registry is found out that", () => {
  test.each(liars)("%s", async (_, lie) => {
    const open = () => openLiar(async (question, answer) => lie(question, await answer()))
    expect(await findDifference(open)).toContain("differs from the model")
  })

  test("says that it deletes, and does not", async () => {
    const open = () =>
      openLiar(async (question, answer) => {
        const { kind, method, face, user } = question
        if (method !== "DELETE" || kind !== "blob" || face !== "usual" || user !== "admin") return answer()
        return new Response(null, { status: 202, headers: DELETED })
      })
    expect(await findDifference(open)).toContain("differs from the model")
  })
})

const DELETED = { "content-length": "0", "docker-distribution-api-version": "registry/2.0" }

async function openLiar(
  answer: (question: Question, ask: () => Promise<Response>) => Promise<Response>,
): Promise<TestedRegistry> {
  const honest = await openInMemory()
  return { ...honest, send: (question, ...rest) => answer(question, () => honest.send(question, ...rest)) }
}

async function findDifference(open: () => Promise<TestedRegistry>): Promise<string> {
  try {
    // Without the search for a shorter sequence, which is not what is tested here.
    await playSequences({ open, seed: SEED, sequences: 20, commands: 200, shortens: false })
    return "no difference"
  } catch (error) {
    return error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error)
  }
}

function editJson({ method }: Question, honest: Response, key: string, edit: (items: string[]) => string[]): Response {
  if (method === "HEAD" || honest.status !== 200 || honest.headers.get("content-type") !== "application/json")
    return honest
  const { headers } = honest
  const body = new ReadableStream({
    start: async (controller) => {
      const value = (await honest.json()) as Record<string, unknown>
      const items = value[key]
      if (Array.isArray(items)) value[key] = edit(items as string[])
      controller.enqueue(new TextEncoder().encode(`${JSON.stringify(value)}\n`))
      controller.close()
    },
  })
  return new Response(body, { headers })
}
