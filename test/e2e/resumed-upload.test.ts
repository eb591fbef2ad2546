import { expect, test } from "bun:test"
import { noise, sha256 } from "./support/content.ts"
import { type CuttingProxy, startCuttingProxy } from "./support/cutting-proxy.ts"
import { request } from "./support/registry-content.ts"
import { startRegistry } from "./support/registry.ts"
import { shareInFile } from "./support/share-in-file.ts"

const CHUNK_BYTES = 5_000_000

const registry = shareInFile(() => startRegistry("plain HTTP"))
const content = new Uint8Array(noise(3 * CHUNK_BYTES, 1))
const digest = sha256(content)

test("a chunk that was cut is kept as far as it came, and the upload goes on from there", async () => {
  const r = await registry()
  const cut = { request: /^PATCH .*cut=yes/, direction: "up", afterBytes: 2_000_000, times: 1 } as const
  await using proxy = await startCuttingProxy(r.port, cut)
  const opened = await fetch(`${proxy.url}/v2/team/resumed/blobs/uploads/`, { method: "POST" })
  expect(opened.status).toBe(202)
  const first = await sendChunk(proxy, locationOf(opened), 0, CHUNK_BYTES)
  expect(first.status).toBe(202)
  expect(first.headers.get("Range")).toBe(`0-${CHUNK_BYTES - 1}`)

  const location = locationOf(first)
  location.searchParams.set("cut", "yes")
  const second = await sendChunk(proxy, location, CHUNK_BYTES, 2 * CHUNK_BYTES).catch((error: unknown) => error)
  expect(second).toBeInstanceOf(Error)
  const { status, received } = await readProgress(proxy, locationOf(first))
  expect(status.status).toBe(204)
  expect(received).toBeGreaterThan(CHUNK_BYTES)
  expect(received).toBeLessThan(CHUNK_BYTES + 2_000_000)

  const last = await sendChunk(proxy, locationOf(status), received, content.length)
  expect(last.status).toBe(202)
  const closing = locationOf(last)
  closing.searchParams.set("digest", digest)
  expect((await fetch(`${proxy.url}${closing.pathname}${closing.search}`, { method: "PUT" })).status).toBe(201)
  const stored = await (await request(r, `/v2/team/resumed/blobs/${digest}`)).bytes()
  expect(sha256(stored)).toBe(digest)
}, 30_000)

function sendChunk(proxy: CuttingProxy, location: URL, start: number, end: number): Promise<Response> {
  const headers = { "Content-Type": "application/octet-stream", "Content-Range": `${start}-${end - 1}` }
  return fetch(`${proxy.url}${location.pathname}${location.search}`, {
    method: "PATCH",
    headers,
    body: content.subarray(start, end),
  })
}

// The server may still be storing the last piece that reached it: asked until the answer stays the same.
async function readProgress(proxy: CuttingProxy, location: URL): Promise<{ status: Response; received: number }> {
  let before = -1
  for (let attempt = 0; attempt < 100; attempt++) {
    const status = await fetch(`${proxy.url}${location.pathname}${location.search}`)
    const received = Number(/^0-(\d+)$/.exec(status.headers.get("Range") ?? "")?.[1]) + 1
    if (received === before && received > CHUNK_BYTES) return { status, received }
    before = received
    await Bun.sleep(50)
  }
  throw new Error(`the upload stays at ${before} bytes`)
}

function locationOf(answer: Response): URL {
  return new URL(answer.headers.get("Location") ?? "", answer.url)
}
