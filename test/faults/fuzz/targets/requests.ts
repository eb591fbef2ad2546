import * as fc from "fast-check"
import { DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../../../../src/domain/media-type.ts"
import { digestOf } from "../../protocol/pool.ts"
import { ask } from "../../protocol/question.ts"
import { openInMemory } from "../../protocol/registries.ts"
import { asyncTarget, insist, type Target } from "../target.ts"
import { headerOf, textOf } from "../texts.ts"

const CONTENT = new TextEncoder().encode("{}")
const DIGEST = digestOf(CONTENT)
const HEADER_PIECES = [
  "bytes=",
  "0",
  "1",
  "-",
  "9",
  ",",
  ";",
  "q=0.5",
  '"',
  "W/",
  "*",
  "/",
  "*/*",
  DIGEST,
  OCI_MANIFEST,
  OCI_INDEX,
  DOCKER_MANIFEST,
  "application/json",
  "=",
  " ",
  "\\",
  "é",
]
const NAMES = [
  "accept",
  "content-type",
  "content-range",
  "range",
  "if-none-match",
  "if-range",
  "forwarded",
  "x-forwarded-for",
  "host",
  "user-agent",
]
const PATH_PIECES = [
  "a",
  "b",
  "/",
  "manifests/",
  "blobs/",
  "uploads/",
  "tags/list",
  "referrers/",
  "_catalog",
  DIGEST,
  "latest",
  "%2f",
  "%00",
  "%",
  "..",
  "é",
  "\\",
]
const QUERY_PIECES = [
  "n=",
  "last=",
  "digest=",
  "mount=",
  "from=",
  "artifactType=",
  "tag=",
  "&",
  "1",
  "a",
  DIGEST,
  "%",
  "%ff",
  "é",
  "=",
]
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

/** Whole requests to a registry in memory. Whatever they are, there is an answer, and it is none of the 5xx. */
export async function openRequestTargets(): Promise<{ targets: Target[]; close(): Promise<void> }> {
  const registry = await openInMemory()
  const send = (question: Parameters<typeof registry.send>[0]) => registry.send(question, (id) => id)
  const body = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, config: { mediaType: "a/b", digest: DIGEST, size: 2 }, layers: [] }),
  )
  await send(ask("POST", "uploads", { repository: "a", query: [["digest", DIGEST]], body: CONTENT }))
  await send(
    ask("PUT", "manifest", { repository: "a", reference: "latest", headers: { "content-type": OCI_MANIFEST }, body }),
  )

  const headers = asyncTarget({
    name: "requests with any headers",
    share: 0.1,
    arbitrary: fc.record({
      kind: fc.constantFrom("blob", "manifest", "upload", "referrers"),
      method: fc.constantFrom("GET", "HEAD", "PUT", "PATCH"),
      headers: fc.dictionary(fc.constantFrom(...NAMES), headerOf(HEADER_PIECES), { maxKeys: 3 }),
    }),
    check: async ({ kind, method, headers: sent }) => {
      const reference = kind === "manifest" ? "latest" : DIGEST
      const response = await send(
        ask(method, kind, { repository: "a", reference, headers: sent, body: method === "PUT" ? body : undefined }),
      )
      // What is stored is answered, whatever a client says that it accepts.
      const isRead = method === "GET" || method === "HEAD"
      const isFound = kind === "manifest" || kind === "blob"
      insist(
        response.status < 500 && !(isRead && isFound && ![200, 206, 304, 416].includes(response.status)),
        () => `answered ${response.status}`,
      )
      await response.arrayBuffer()
    },
  })

  const paths = asyncTarget({
    name: "requests with any path and query",
    share: 0.1,
    arbitrary: fc.tuple(fc.constantFrom(...METHODS), textOf(PATH_PIECES, 6), textOf(QUERY_PIECES, 6)),
    check: async ([method, path, query]) => {
      const { href } = new URL(`http://registry/v2/${path.replaceAll(/[?#]/g, "")}?${query.replaceAll("#", "")}`)
      const response = await registry.answer(new Request(href, { method, headers: { authorization: "admin" } }))
      insist(response.status < 500, () => `${method} ${href} is answered ${response.status}`)
      insist(
        response.status < 400 || method === "HEAD" || (await isError(response)),
        () => `${method} ${href} has no error`,
      )
    },
  })

  return { targets: [headers, paths], close: () => registry.close() }
}

async function isError(response: Response): Promise<boolean> {
  const { errors } = (await response.json()) as { errors?: { code?: unknown }[] }
  return typeof errors?.[0]?.code === "string"
}
