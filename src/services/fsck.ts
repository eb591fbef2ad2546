import { FINDINGS, type Finding, type FindingKind, type FsckReport } from "../domain/fsck.ts"
import type { BlobStore, StoredBlob } from "../ports/blob-store.ts"
import type { Clock } from "../ports/clock.ts"
import type { GcRecords } from "../ports/metadata/gc.ts"
import type { ScrubbedBlob, ScrubRecords } from "../ports/metadata/scrub.ts"
import type { UploadRecords } from "../ports/metadata/uploads.ts"
import type { Pause } from "../ports/pause.ts"
import { createRowFindings, type Findings, type RowDependencies, type RowRun } from "./fsck-rows.ts"
import type { Scrub } from "./scrub.ts"
import { chunksOf } from "./steps.ts"

export interface FsckRun extends RowRun {
  /** Reads every blob back as well. */
  isDeep: boolean
  /** No server is at work: nothing is between its bytes and its row. */
  isAlone?: boolean
  onProgress?: (objects: number) => void
}

/** Compares the database and the storage in both directions, beside whatever else goes on. */
export interface Fsck {
  run(run: FsckRun): Promise<FsckReport>
}

interface FsckDependencies extends RowDependencies {
  blobs: ScrubRecords
  uploads: Pick<UploadRecords, "find" | "delete">
  gc: Pick<GcRecords, "explain">
  store: Pick<BlobStore, "findSize" | "list" | "listUploads" | "listQuarantined" | "verify" | "abort">
  scrub: Pick<Scrub, "runOne" | "run">
  clock: Clock
  pause: Pause
}

const PAGE = 200
const WIDTH = 16
const KEPT = 100
/** A push has its file before its row, and its row before its answer. */
const FRESH_MS = 10 * 60_000
/** An upload without a row is between the two for a moment; and nobody can go on with it. */
const STRAY_MS = 24 * 3_600_000

export function createFsck(dependencies: FsckDependencies): Fsck {
  const { records, blobs, uploads, gc, store, scrub, clock, pause } = dependencies
  const rowFindings = createRowFindings(dependencies)

  async function* listRows(signal: AbortSignal): AsyncGenerator<ScrubbedBlob[]> {
    for (let after: ScrubbedBlob | undefined; ;) {
      signal.throwIfAborted()
      const page = await blobs.listBlobs({ limit: PAGE, ...(after && { after }) })
      yield page.items
      after = page.items.at(-1)
      if (!page.hasMore) return
      await pause()
    }
  }

  /** What is wrong with the blob's file, asked twice: a push or the collector may be at work. */
  async function judge(blob: ScrubbedBlob, { isDeep, signal }: FsckRun): Promise<FindingKind | undefined> {
    const sizeBytes = await store.findSize(blob)
    if (sizeBytes === undefined) return "blob-missing"
    if (sizeBytes !== blob.sizeBytes) return "blob-size"
    if (!isDeep) return undefined
    const pace = async () => signal.throwIfAborted()
    return (await store.verify(blob, pace)) === true ? undefined : "blob-damaged"
  }

  /** Whether the blob is served from another copy. Where it is not, a push or a manifest may bring this one back. */
  async function isSpare({ digest, generation }: ScrubbedBlob): Promise<boolean> {
    if ((await blobs.listGenerations(digest)).length < 2) return false
    const { copies } = await gc.explain(digest)
    return copies.some((copy) => copy.state === "live" && copy.generation !== generation)
  }

  async function checkRow(blob: ScrubbedBlob, run: FsckRun, findings: Findings): Promise<void> {
    if ((await judge(blob, run)) === undefined) return
    const present = await blobs.find(blob)
    if (present === undefined) return
    const kind = await judge(present, run)
    const after = await blobs.find(blob)
    if (kind === undefined || after?.verifiedAt !== present.verifiedAt) return
    const subject = `${blob.digest}${blob.generation === 0 ? "" : ` (generation ${blob.generation})`}`
    if (await isSpare(blob)) return findings.add({ kind: "copy-damaged", subject })
    if (kind === "blob-missing") {
      // What collects beside Berth, as registry:2 does once the directory is handed back, leaves the rows.
      const need = await records.findNeed(blob.digest)
      if (need === "present") return findings.add({ kind, subject })
      // A backup has what was deleted before it, of which the blobs may go soon after it.
      return findings.add({ kind: need === "deleted" ? "deleted-missing" : "garbage-missing", subject })
    }
    if (!run.isRepair) return findings.add({ kind, subject, repair: "possible" })
    const { damaged } = await scrub.runOne(blob.digest, { signal: run.signal, pace: async () => undefined })
    // Moved aside it does no more harm, and it is still lost.
    if (damaged === 0) findings.add({ kind, subject, repair: "done" })
    else findings.aside.add(blob.digest)
  }

  /** Gives how many objects it is beside those of the rows. */
  async function checkObject(object: StoredBlob, { isAlone }: FsckRun, findings: Findings): Promise<number> {
    if (await records.isKnown(object)) return 0
    // It may have gone since it was listed.
    if ((await store.findSize(object)) === undefined) return 0
    if (isAlone !== true && object.modifiedAt > clock.now() - FRESH_MS) {
      findings.addYoung()
      return 0
    }
    const { digest, generation, sizeBytes } = object
    findings.add({ kind: "object-orphan", subject: digest, detail: `generation ${generation}, ${sizeBytes} bytes` })
    return 1
  }

  async function checkUploads({ isRepair, isAlone, signal }: FsckRun, findings: Findings): Promise<number> {
    let looked = 0
    const stored = new Map((await store.listUploads()).map((upload) => [upload.id, upload]))
    for (let after = ""; ;) {
      signal.throwIfAborted()
      const rows = await records.listUploads(after, PAGE)
      for (const { id, offset } of rows) {
        looked++
        const sizeBytes = stored.get(id)?.sizeBytes ?? 0
        stored.delete(id)
        if (sizeBytes >= offset) continue
        const present = await uploads.find(id)
        if (present === undefined || present.offset !== offset) continue
        if (isRepair) await uploads.delete(id)
        const detail = `${sizeBytes} of ${offset} bytes`
        findings.add({ kind: "upload-lost", subject: id, detail, repair: isRepair ? "done" : "possible" })
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < PAGE) break
      after = last.id
      await pause()
    }
    for (const { id, sizeBytes, modifiedAt } of stored.values()) {
      looked++
      const isFresh = isAlone !== true && modifiedAt > clock.now() - STRAY_MS
      if (isFresh || (await uploads.find(id)) !== undefined) continue
      if (isRepair) await store.abort(id)
      const detail = `${sizeBytes} bytes`
      findings.add({ kind: "upload-stray", subject: id, detail, repair: isRepair ? "done" : "possible" })
    }
    return looked
  }

  async function tellOpenDamage(findings: Findings): Promise<void> {
    const told = new Set<string>()
    for (let last: string | undefined; ;) {
      const page = await blobs.listDamage({ limit: PAGE, ...(last !== undefined && { last }) })
      for (const { kind, digest, reason, state, movedTo } of page.items) {
        // What is missing was looked for above.
        if (state !== "open" || told.has(digest) || (reason === "missing" && movedTo === undefined)) continue
        told.add(digest)
        const kept = movedTo === undefined || movedTo === "" ? "" : `, kept as ${movedTo}`
        const repair = findings.aside.has(digest) ? { repair: "aside" as const } : {}
        findings.add({ kind: "damage-open", subject: digest, detail: `${kind} ${reason}${kept}`, ...repair })
      }
      if (!page.hasMore) return
      last = String(page.items.at(-1)?.id)
    }
  }

  return {
    run: async (run) => {
      const { signal, onProgress } = run
      const startedAt = clock.now()
      const counts: FsckReport["counts"] = {}
      const findings: Finding[] = []
      const repairs: FsckReport["repairs"] = { possible: 0, done: 0, aside: 0, failed: 0 }
      let [objects, faults, young] = [0, 0, 0]
      const found: Findings = {
        aside: new Set(),
        addYoung: () => young++,
        add: (finding) => {
          const count = (counts[finding.kind] = (counts[finding.kind] ?? 0) + 1)
          if (finding.repair !== undefined) repairs[finding.repair]++
          if (count <= KEPT) findings.push(finding)
          if (FINDINGS[finding.kind].isFault && finding.repair !== "done") faults++
        },
      }
      const look = (more: number) => {
        objects += more
        if (more > 0) onProgress?.(objects)
      }
      await rowFindings(run, found)
      for await (const rows of listRows(signal)) {
        for (const step of chunksOf(rows, run.isDeep ? 2 : WIDTH)) {
          await Promise.all(step.map((blob) => checkRow(blob, run, found)))
          look(step.length)
        }
      }
      for (let after: StoredBlob | undefined; ;) {
        signal.throwIfAborted()
        const page = await store.list({ limit: PAGE, ...(after && { after }) })
        for (const object of page.items) look(await checkObject(object, run, found))
        after = page.items.at(-1)
        if (!page.hasMore) break
        await pause()
      }
      look(await checkUploads(run, found))
      await tellOpenDamage(found)
      for (const { name, sizeBytes } of await store.listQuarantined())
        found.add({ kind: "quarantined", subject: name, detail: `${sizeBytes} bytes` })
      const finishedAt = clock.now()
      return { startedAt, finishedAt, isDeep: run.isDeep, objects, young, counts, findings, repairs, faults }
    },
  }
}
