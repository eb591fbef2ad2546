import { dirname } from "node:path"
import { fileOf, textsOf, type SystemCall } from "./trace.ts"

const WRITES = new Set(["write", "pwrite64", "writev", "pwritev", "pwritev2"])
const SENDS = new Set([...WRITES, "sendto", "sendmsg"])
const SYNCS = new Set(["fsync", "fdatasync"])
const RENAMES = new Set(["rename", "renameat", "renameat2"])
const MKDIRS = new Set(["mkdir", "mkdirat"])

/** An answer that says that something was done, with the calls before it that had returned when it began. */
export interface Answer {
  status: number
  /** Of the blob that its Location names. */
  digest: string | undefined
  /** Since the server started. */
  before: SystemCall[]
  /** Since the answer before it; requests come one after the other. */
  since: SystemCall[]
}

export function listAnswers(calls: readonly SystemCall[]): Answer[] {
  const good = calls.filter(({ hasFailed }) => !hasFailed)
  let previous = -1
  return good.flatMap((call) => {
    const text = SENDS.has(call.name) ? (textsOf(call)[0] ?? "") : ""
    const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? []
    if (status === undefined) return []
    const [, digest] = /Location: \S*\/blobs\/(sha256:[0-9a-f]{64})/.exec(text) ?? []
    const before = good.filter(({ end }) => end < call.begin)
    const since = before.filter(({ begin }) => begin > previous)
    previous = call.end
    return [{ status: Number(status), digest, before, since }]
  })
}

/** Whether the last write to the database's log was followed by a sync of it. */
export function isCommitted({ since }: Answer): boolean {
  return isSynced(since, (path) => path.endsWith(".db-wal"))
}

/** Whether what was written to the upload's file was synced. */
export function isUploadSynced({ since }: Answer): boolean {
  return isSynced(since, (path) => path.includes("/berth/uploads/"))
}

function isSynced(calls: readonly SystemCall[], matches: (path: string) => boolean): boolean {
  const write = calls.findLast((call) => WRITES.has(call.name) && matches(fileOf(call)))
  return write !== undefined && hasSync(calls, fileOf(write), write.end)
}

/** Whether a sync of the file began after that place of the log. */
function hasSync(calls: readonly SystemCall[], path: string, after: number): boolean {
  return calls.some((call) => SYNCS.has(call.name) && fileOf(call) === path && call.begin > after)
}

/**
 * What is missing of the order in which a blob becomes durable: data synced, renamed into place, its directory synced, and
 * only then the row that names it.
 */
export function findGaps({ before, since }: Answer): string[] {
  const rename = since.findLast((call) => RENAMES.has(call.name) && /\/data(\.\d+)?$/.test(textsOf(call)[1] ?? ""))
  if (rename === undefined) return ["no rename into place"]
  const [from = "", to = ""] = textsOf(rename)
  const early = before.filter(({ end }) => end < rename.begin)
  const written = early.findLast((call) => WRITES.has(call.name) && fileOf(call) === from)
  const linked = since.find((call) => SYNCS.has(call.name) && fileOf(call) === dirname(to) && call.begin > rename.end)
  const rows = since.filter((call) => WRITES.has(call.name) && fileOf(call).endsWith(".db-wal"))
  return [
    ...(hasSync(early, from, written?.end ?? -1) ? [] : [`${from} was not synced after its last write`]),
    ...(linked === undefined ? [`${dirname(to)} was not synced after the rename`] : []),
    ...(linked !== undefined && hasRowsBetween(rows, rename.begin, linked.end) ? ["the row came before the file"] : []),
    ...(rows.some(({ begin }) => begin > rename.end) ? [] : ["no row after the rename"]),
  ]
}

function hasRowsBetween(rows: readonly SystemCall[], from: number, to: number): boolean {
  return rows.some(({ begin }) => begin > from && begin < to)
}

/**
 * The directories above the answer's blob and above the database that the server made, and whose entry in their parent was
 * not synced before the answer.
 */
export function listUnsyncedDirectories({ before, digest = "" }: Answer, root: string): string[] {
  const blob = `${root}/docker/registry/v2/blobs/sha256/${digest.slice(7, 9)}/${digest.slice(7)}/data`
  const needed = [blob, `${root}/berth/metadata.db`]
  const made = before.filter(({ name }) => MKDIRS.has(name))
  return made
    .map((call) => ({ path: textsOf(call)[0] ?? "", end: call.end }))
    .filter(({ path }) => needed.some((file) => file.startsWith(`${path}/`)))
    .filter(({ path, end }) => !hasSync(before, dirname(path), end))
    .map(({ path }) => path)
}
