import { type Answer, getField } from "./answer.ts"
import type { BlobFile } from "./blob-file.ts"
import { type Connection, type HttpRequest, withConnection } from "./connection.ts"
import { patchFile, patchFiles } from "./curl.ts"

export interface Target {
  port: number
  repository: string
}

/** Pushes one blob as Docker's engine does: POST, one streamed PATCH, PUT with the digest. Rejects on an answer that is not the expected one. */
export async function pushBlobFile(target: Target, blob: BlobFile): Promise<void> {
  await pushStream(target, blob.digest, (location) => patchFile(location, blob.path))
}

/** As `pushBlobFile`, the content being that of two files in a row. */
export async function pushFiles(target: Target, paths: readonly [string, string], digest: string): Promise<void> {
  await pushStream(target, digest, (location) => patchFiles(location, paths))
}

/** Sends the request; rejects unless the answer has that status. */
export async function expectStatus(connection: Connection, status: number, request: HttpRequest): Promise<Answer> {
  const answer = await connection.request(request)
  if (answer.status === status) return answer
  throw new Error(`${request.method} ${request.path} was answered ${answer.status}: ${answer.body.toString()}`)
}

/** Gives the path and query of an answer's Location, with `digest=` added where one is given. */
export function getLocation(answer: Answer, digest?: string): string {
  const { pathname, search } = new URL(getField(answer, "Location"), "http://127.0.0.1")
  return `${pathname}${digest === undefined ? search : `${search}${search === "" ? "?" : "&"}digest=${digest}`}`
}

async function pushStream(target: Target, digest: string, patch: (location: string) => Promise<string>): Promise<void> {
  const base = `http://127.0.0.1:${target.port}`
  const begin = { method: "POST", path: `/v2/${target.repository}/blobs/uploads/` }
  const started = await withConnection(target.port, (connection) => expectStatus(connection, 202, begin))
  const end = new URL(await patch(`${base}${getLocation(started)}`))
  const path = `${end.pathname}${end.search}${end.search === "" ? "?" : "&"}digest=${digest}`
  const done = await withConnection(target.port, (connection) => expectStatus(connection, 201, { method: "PUT", path }))
  const stored = getField(done, "Docker-Content-Digest")
  if (stored !== digest) throw new Error(`PUT ${path} was stored as ${stored}`)
}
