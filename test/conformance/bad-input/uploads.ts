import { expect } from "bun:test"
import { startBerth } from "../../support/berth.ts"
import { bytesIn, createRegistry, expectError, freshRepository, headerOf, locationOf } from "../client.ts"
import { digestOf, randomBytes } from "../content.ts"
import { sendChunk, startUpload, withDigest } from "../push.ts"
import { openRaw, requestText, sendRaw } from "../raw-socket.ts"
import { all, refuses, type BadInput } from "./row.ts"

const UPLOAD_METHODS = ["GET", "PATCH", "PUT", "DELETE"]

export const uploads: BadInput[] = [
  {
    id: "B39",
    input: "uploads that nobody opened, and ids that cannot be one",
    check: all(
      refuses(
        404,
        "BLOB_UPLOAD_UNKNOWN",
        [crypto.randomUUID(), "..%2fx", "a%00b", "x".repeat(8192)].flatMap((id) =>
          UPLOAD_METHODS.map((method) => [method, `/v2/a/blobs/uploads/${id}?digest=${digestOf("")}`]),
        ),
      ),
      async (registry) => {
        for (const method of UPLOAD_METHODS) {
          const target = `/v2/a/blobs/uploads/${"x".repeat(1024 * 1024)}`
          expect((await sendRaw(registry.url, requestText(method, target))).status).toBeOneOf([431, 0])
        }
        const answer = await sendRaw(registry.url, requestText("GET", `/v2/a/blobs/uploads/${"x".repeat(17_000)}`))
        expect(answer.status).toBe(431)
      },
    ),
  },
  {
    id: "B42",
    input: "a chunk that leaves a gap, overlaps or begins at 0 again",
    check: async (registry) => {
      const patched = await sendChunk(
        registry,
        await startUpload(registry, freshRepository("bad-order")),
        0,
        randomBytes(100),
      )
      for (const start of [150, 50, 0]) {
        const refused = await sendChunk(registry, locationOf(patched), start, randomBytes(100))
        await expectError(refused, 416, "RANGE_INVALID")
        expect(headerOf(refused, "range")).toBe("0-99")
        expect((await registry.send("GET", locationOf(refused))).status).toBe(204)
      }
    },
  },
  {
    id: "B44",
    input: "Content-Range in the form of HTTP",
    check: async (registry) => {
      const location = await startUpload(registry, freshRepository("bad-range"))
      const patched = await registry.send("PATCH", location, {
        headers: { "content-range": "bytes 0-9/*" },
        body: randomBytes(10),
      })
      expect(patched.status).toBe(202)
      expect(headerOf(patched, "range")).toBe("0-9")
    },
  },
  {
    id: "B45",
    input: "a Content-Range of another length than the body's",
    check: async (registry) => {
      for (const range of ["0-8", "0-10"]) {
        const location = await startUpload(registry, freshRepository("bad-range"))
        const response = await registry.send("PATCH", location, {
          headers: { "content-range": range },
          body: randomBytes(10),
        })
        await expectError(response, 400, "SIZE_INVALID")
      }
    },
  },
  {
    id: "B47",
    input: "a connection cut at 99 %, and a chunked body without its last chunk",
    check: async (registry) => {
      const content = randomBytes(100_000)
      const chunked = `Transfer-Encoding: chunked\r\n\r\n${(99_000).toString(16)}\r\n`
      for (const framing of ["Content-Length: 100000\r\n\r\n", chunked]) {
        const repository = freshRepository("cut")
        const location = await startUpload(registry, repository)
        const target = withDigest(new URL(location, registry.url).href.slice(registry.url.length), digestOf(content))
        using connection = await openRaw(registry.url)
        connection.write(`PUT ${target} HTTP/1.1\r\nHost: registry\r\n${framing}`)
        connection.write(content.slice(0, 99_000))
        await Bun.sleep(200)
        connection.socket.destroy()
        expect((await registry.send("HEAD", `/v2/${repository}/blobs/${digestOf(content)}`)).status).toBe(404)
        const status = await waitForSession(() => registry.send("GET", location))
        const received = Number(headerOf(status, "range").split("-")[1])
        const offset = received === 0 ? 0 : received + 1
        const rest = await sendChunk(registry, locationOf(status), offset, content.slice(offset))
        expect(rest.status).toBe(202)
        const closing = await registry.send("PUT", withDigest(locationOf(rest), digestOf(content)))
        expect(closing.status).toBe(201)
        expect(digestOf(await bytesIn(await registry.send("GET", locationOf(closing))))).toBe(digestOf(content))
      }
    },
  },
  {
    id: "B49",
    input: "more open uploads than one caller may have",
    check: async () => {
      await using berth = await startBerth({ config: { limits: { uploads: 3 } } })
      const registry = createRegistry(berth.url)
      const locations = [
        await startUpload(registry, "a"),
        await startUpload(registry, "b"),
        await startUpload(registry, "a"),
      ]
      const refused = await registry.send("POST", "/v2/c/blobs/uploads/")
      await expectError(refused, 429, "TOOMANYREQUESTS")
      expect(Number(headerOf(refused, "retry-after"))).toBeGreaterThan(0)
      expect((await registry.send("DELETE", locations[0] ?? "")).status).toBe(204)
      await startUpload(registry, "c")
    },
  },
  {
    id: "B52",
    input: "a body larger than a blob may be, with and without a length",
    check: async () => {
      await using berth = await startBerth({ config: { limits: { blobbytes: 1000 } } })
      const registry = createRegistry(berth.url)
      const content = randomBytes(1001)
      const streamed = () => new Blob([content]).stream()
      for (const body of [content, streamed()]) {
        const location = await startUpload(registry, "a")
        await expectError(await registry.send("PATCH", location, { body }), 413, "SIZE_INVALID")
      }
      for (const body of [content, streamed()]) {
        const target = `/v2/a/blobs/uploads/?digest=${digestOf(content)}`
        await expectError(await registry.send("POST", target, { body }), 413, "SIZE_INVALID")
      }
      expect((await registry.send("HEAD", `/v2/a/blobs/${digestOf(content)}`)).status).toBe(404)
    },
  },
]

/** The registry may still be busy with the connection that was cut. */
async function waitForSession(getStatus: () => Promise<Response>): Promise<Response> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const response = await getStatus()
    if (response.status === 204) return response
    await Bun.sleep(50)
  }
  throw new Error("the session did not come back")
}
