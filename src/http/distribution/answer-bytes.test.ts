import { expect, test } from "bun:test"
import { createMemoryLogger } from "../../adapters/logger/memory.ts"
import { OCI_MANIFEST } from "../../domain/media-type.ts"
import type { ByteRange } from "../../domain/range.ts"
import { newDigest, newRepository } from "../../ports/metadata/fixture.contract.ts"
import type { Call } from "./call.ts"
import { createRoutes, type Method, type RouteDependencies } from "./routes.ts"
import type { RouteKind } from "./route.ts"

const content = new TextEncoder().encode("0123456789")
const digest = newDigest()
const repository = newRepository()
const record = { digest, mediaType: OCI_MANIFEST, sizeBytes: content.length }

const services = {
  limits: { ranges: 5, manifestBytes: 1, catalogEntries: 10, tags: 10 },
  warning: undefined,
  blobs: {
    get: async () => record,
    open: async (_: unknown, range: ByteRange = { start: 0, length: content.length }) => ({
      kind: "stream",
      body: new Blob([content.subarray(range.start, range.start + range.length)]).stream(),
      range,
      totalBytes: content.length,
    }),
  },
  catalog: {
    list: async () => ({ items: [repository], hasMore: false }),
    search: async () => ["größe"],
    isPartial: () => false,
  },
  manifests: { get: async () => record, read: async () => content, tellPull: () => undefined },
  referrers: { list: async () => ({ items: [record], hasMore: false }) },
  tags: { list: async () => ({ items: ["latest"], hasMore: false }) },
  uploads: { get: async () => ({ id: "1", sizeBytes: 5 }) },
}
// Each has what the handlers of GET ask of it, and no more.
const routes = createRoutes(services as unknown as RouteDependencies)

/** The bytes of the answer's body, and what its handler said of them. */
async function countBytes(kind: RouteKind, headers: Record<string, string> = {}) {
  const request = new Request("http://registry/", { headers })
  const context: Call["context"] = {
    actor: { id: "alice", quotaKey: "user:alice" },
    requestId: "1",
    signal: request.signal,
    log: createMemoryLogger(),
  }
  const [, handler] = routes[kind]["GET" satisfies Method] ?? []
  const call = { request, context, query: new URLSearchParams(), repository, reference: digest, headers: {} }
  const response = await handler?.({ ...call, locate: (path) => path })
  return { sent: (await response?.arrayBuffer())?.byteLength, said: context.answerBytes ?? 0 }
}

const readable = Object.entries(routes).flatMap(([kind, methods]) => ("GET" in methods ? [kind as RouteKind] : []))

test.each(readable)("the answer of %s has as many bytes as its handler says", async (kind) => {
  const { sent, said } = await countBytes(kind)
  expect(said).toBe(sent ?? -1)
})

test.each(["bytes=2-4", "bytes=0-1,4-4,8-9"])("so has a part of a blob, %s", async (range) => {
  const { sent, said } = await countBytes("blob", { range })
  expect(sent).toBeGreaterThan(0)
  expect(said).toBe(sent ?? -1)
})

test("/v2/ answers two bytes", async () => {
  expect(await countBytes("base")).toEqual({ sent: 2, said: 2 })
})
