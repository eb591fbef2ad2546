import { afterAll, beforeAll, expect } from "bun:test"
import { mkdirSync } from "node:fs"
import { requirePrograms } from "../e2e/support/programs.ts"
import { createScratch, type Scratch } from "../support/scratch.ts"
import { createClient, expectStatus, type Request } from "./client.ts"
import { contentBytes, digestOf } from "./content.ts"
import { findGaps, isCommitted, isUploadSynced, listAnswers, listUnsyncedDirectories } from "./durable-order.ts"
import type { Answer } from "./durable-order.ts"
import { readTrace } from "./trace.ts"
import { startTraced } from "./traced-server.ts"

const isTraceable = Bun.which("strace") !== null
const test = requirePrograms("strace")
const answers = new Map<string, Answer>()
let parallel: Answer[] = []
let scratch: Scratch

/** What is pushed, one request after the other; the names are those that the tests ask for. */
async function pushAll(url: string): Promise<string[]> {
  const client = createClient(url)
  const names: string[] = []
  const ask = async (name: string, request: Request, due: number): Promise<string> => {
    const reply = await expectStatus(client, request, [due])
    names.push(name)
    return reply.headers.get("Location") ?? ""
  }
  const [first, second] = [1, 2].map((seed) => contentBytes({ seed, sizeBytes: 300_000 }))
  const [one, two] = [digestOf(first ?? ""), digestOf(second ?? "")]
  const uploads = "/v2/order/a/blobs/uploads/"
  let path = await ask("start", { method: "POST", path: uploads }, 202)
  path = await ask("chunk", { method: "PATCH", path, body: first ?? "" }, 202)
  await ask("closing", { method: "PUT", path: `${path}?digest=${one}` }, 201)
  await ask("single", { method: "POST", path: `${uploads}?digest=${two}`, body: second ?? "" }, 201)
  const mount = `/v2/order/b/blobs/uploads/?mount=${one}&from=order/a`
  await ask("mount", { method: "POST", path: mount }, 201)
  const mediaType = "application/vnd.oci.image.manifest.v1+json"
  const config = { mediaType: "application/vnd.oci.image.config.v1+json", digest: one, size: 300_000 }
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] })
  const tag = "/v2/order/a/manifests/latest"
  await ask("manifest", { method: "PUT", path: tag, headers: { "Content-Type": mediaType }, body }, 201)
  await ask("tag removal", { method: "DELETE", path: tag }, 202)
  await ask("manifest removal", { method: "DELETE", path: `/v2/order/a/manifests/${digestOf(body)}` }, 202)
  await ask("blob removal", { method: "DELETE", path: `/v2/order/a/blobs/${two}` }, 202)
  return names
}

/** Each blob by three clients at once: one makes the blob's directories, and the others find them made. */
async function pushAtOnce(url: string): Promise<void> {
  const client = createClient(url)
  for (let seed = 100; seed < 130; seed++) {
    const body = contentBytes({ seed, sizeBytes: 100 })
    const path = `/v2/order/c/blobs/uploads/?digest=${digestOf(body)}`
    await Promise.all([1, 2, 3].map(() => expectStatus(client, { method: "POST", path, body }, [201])))
  }
}

beforeAll(async () => {
  scratch = createScratch("berth-order")
  if (!isTraceable) return
  mkdirSync(`${scratch.path}/data`)
  const server = await startTraced(scratch.path)
  const names = await pushAll(server.url)
  await pushAtOnce(server.url)
  await server.stop()
  // The first answer of all was given to the one who waited for the start.
  const [, ...given] = listAnswers(readTrace(server.log))
  parallel = given.slice(names.length)
  for (const [at, answer] of given.slice(0, names.length).entries()) answers.set(names[at] ?? "", answer)
}, 60_000)

afterAll(() => scratch[Symbol.dispose]())

function answerTo(name: string): Answer {
  const answer = answers.get(name)
  if (answer === undefined) throw new Error(`the trace holds no answer to the ${name} request`)
  return answer
}

for (const name of ["single", "closing", "mount", "manifest", "tag removal", "manifest removal", "blob removal"]) {
  test(`the ${name} request is answered after the database has synced its commit`, async () => {
    expect(isCommitted(answerTo(name))).toBe(true)
  })
}

for (const name of ["single", "closing"]) {
  test(`the ${name} request is answered after data, rename, directory and row are durable, in this order`, async () => {
    expect(findGaps(answerTo(name))).toEqual([])
  })

  test(`the ${name} request is answered after every new directory is synced in its parent`, async () => {
    expect(listUnsyncedDirectories(answerTo(name), `${scratch.path}/data`)).toEqual([])
  })
}

test("a chunk is answered after its bytes are synced", async () => {
  expect(isUploadSynced(answerTo("chunk"))).toBe(true)
})

test("who pushes a blob whose directories another push has just made is answered after they are synced too", async () => {
  expect(parallel).toHaveLength(90)
  const unsynced = parallel.map((answer) => listUnsyncedDirectories(answer, `${scratch.path}/data`))
  // Those above the blob's own are the matter of the tests before.
  expect(unsynced.flat().filter((path) => path.includes("/sha256/"))).toEqual([])
})
