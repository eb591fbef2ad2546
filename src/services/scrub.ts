import { digestAlgorithm, digestHex, parseDigest, type Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import type { Page } from "../domain/page.ts"
import type { BlobKey, BlobStore, Pace } from "../ports/blob-store.ts"
import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { Damage, ScrubbedBlob, ScrubPass, ScrubRecords } from "../ports/metadata/scrub.ts"
import { isOfDigest } from "./digest-check.ts"
import type { ManifestCache } from "./manifest-cache.ts"
import { createScrubCheck } from "./scrub-check.ts"

export interface ScrubCounts {
  objects: number
  bytes: number
  damaged: number
}

export interface ScrubRun {
  signal: AbortSignal
  pace: Pace
  /** Begins a new pass, where one is under way as well. */
  isFull?: boolean
  /** `share`: of the pass that is behind, 0 to 1. */
  onProgress?: (counts: ScrubCounts, share: number) => void
}

export interface Scrub {
  /** Notes that a server begins. Where the last one was cut off, what it wrote last is looked at first. */
  open(): Promise<void>
  close(): Promise<void>
  /** Goes on with the pass that is under way, or begins one; gives it when it has ended. A paced one makes way for it. */
  run(run: ScrubRun): Promise<ScrubPass>
  /** As `run`, and gives nothing where it had to make way. */
  runInBackground(run: ScrubRun): Promise<ScrubPass | undefined>
  /** Looks at all copies of one digest. Throws BLOB_UNKNOWN where nothing of it is stored. */
  runOne(digest: Digest, run: ScrubRun): Promise<ScrubCounts>
  /** Asks for a look at a blob as soon as can be. */
  suspect: (key: BlobKey) => void
  /** Looks at what is suspected; gives how many that were. */
  checkSuspects(run: Pick<ScrubRun, "signal" | "pace">): Promise<number>
  findPass(): Promise<ScrubPass | undefined>
  isRunning(): boolean
  /** How much of the pass is behind, 0 to 1. */
  shareOf(pass: ScrubPass): number
  listDamage(page: { limit: number; last?: string }): Promise<Page<Damage>>
  /** The first of the blob's copies. */
  listDamageOf(digest: Digest, limit: number): Promise<Damage[]>
  countDamage(): Promise<number>
  /** Since the start. */
  counts(): ScrubCounts
  /** What passes in the background read in a second, at most; absent where there are none. */
  bytesPerSecond: number | undefined
}

interface Dependencies {
  records: ScrubRecords
  manifests: Pick<ManifestRecords, "findBytes">
  store: Pick<BlobStore, "findSize" | "verify" | "quarantine" | "list">
  clock: Clock
  log: Logger
  bytesPerSecond?: number
  /** Bytes that were read when they were right still. */
  cache?: Pick<ManifestCache, "drop">
}

const PAGE = 100
/** What is read between two notes of the position: as much is read again after a kill. */
const UNSAVED_BYTES = 64 * 2 ** 20
/** What opening a file costs, in bytes read. */
const OBJECT_BYTES = 16 * 1024
const MAX_SUSPECTS = 10_000
const LATEST_MS = 10 * 60_000
const KEPT_DAMAGE_MS = 90 * 24 * 3_600_000

export function createScrub({ records, manifests, store, clock, log, bytesPerSecond, cache }: Dependencies): Scrub {
  const checks = createScrubCheck({ records, store, log })
  const suspects = new Map<string, BlobKey>()
  const total: ScrubCounts = { objects: 0, bytes: 0, damaged: 0 }
  let turn: Promise<unknown> = Promise.resolve()
  let background: AbortController | undefined
  let running = 0

  function suspect({ digest, generation }: BlobKey): void {
    if (suspects.size < MAX_SUSPECTS) suspects.set(`${digest} ${generation}`, { digest, generation })
  }

  function takeTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = turn.then(async () => {
      running++
      try {
        return await work()
      } finally {
        running--
      }
    })
    turn = result.catch(() => undefined)
    return result
  }

  function count(counts: ScrubCounts, bytes: number, isDamaged: boolean): void {
    for (const each of [counts, total]) {
      each.objects++
      each.bytes += bytes
      if (isDamaged) each.damaged++
    }
  }

  async function checkBlobs(pass: ScrubPass, { signal, pace, onProgress }: ScrubRun): Promise<void> {
    let verified: ScrubbedBlob[] = []
    let unsavedBytes = 0
    const save = async () => {
      const done = verified
      verified = []
      unsavedBytes = 0
      await records.advance(pass, done)
    }
    try {
      for (let hasMore = true; hasMore;) {
        const page = await records.listBlobs({ limit: PAGE, ...parsePosition(pass.position) })
        for (const blob of page.items) {
          signal.throwIfAborted()
          await pace(OBJECT_BYTES)
          const outcome = await checks.check(blob, pace)
          count(pass, blob.sizeBytes, outcome === "damaged")
          if (outcome === "right") verified.push(blob)
          pass.position = `blob ${blob.digest} ${blob.generation}`
          unsavedBytes += blob.sizeBytes
          onProgress?.(pass, shareOf(blob.digest))
          if (unsavedBytes >= UNSAVED_BYTES) await save()
        }
        hasMore = page.hasMore
        await save()
      }
    } catch (error) {
      await save()
      throw error
    }
    pass.position = "manifest "
  }

  async function checkManifests(pass: ScrubPass, { signal, pace, onProgress }: ScrubRun): Promise<void> {
    for (let hasMore = true; hasMore;) {
      const last = pass.position.slice("manifest ".length)
      const page = await records.listManifests({ limit: PAGE, ...(last !== "" && { last }) })
      for (const digest of page.items) {
        signal.throwIfAborted()
        const bytes = await manifests.findBytes(digest)
        await pace(OBJECT_BYTES + (bytes?.length ?? 0))
        const isDamaged = bytes !== undefined && !isOfDigest(bytes, digest)
        if (isDamaged) {
          await records.condemnManifest(digest, bytes)
          // A client that is told that it is there would not push it, and after a restart it would not be.
          cache?.drop(digest)
          log.error("a stored manifest is damaged and no longer served: push it again", { digest })
        }
        count(pass, bytes?.length ?? 0, isDamaged)
        pass.position = `manifest ${digest}`
      }
      onProgress?.(pass, 1)
      await records.advance(pass, [])
      hasMore = page.hasMore
    }
  }

  async function runPass(run: ScrubRun): Promise<ScrubPass> {
    await checks.recover(run.pace)
    const known = await records.findPass()
    const goesOn = known !== undefined && known.endedAt === undefined && run.isFull !== true
    const pass = goesOn ? known : { startedAt: clock.now(), position: "", objects: 0, bytes: 0, damaged: 0 }
    if (!goesOn) {
      await records.forgetDamage(clock.now() - KEPT_DAMAGE_MS)
      await records.advance(pass, [])
    }
    if (!pass.position.startsWith("manifest ")) await checkBlobs(pass, run)
    await checkManifests(pass, run)
    pass.endedAt = clock.now()
    await records.advance(pass, [])
    return pass
  }

  async function checkSuspects({ signal, pace }: Pick<ScrubRun, "signal" | "pace">): Promise<number> {
    const counts: ScrubCounts = { objects: 0, bytes: 0, damaged: 0 }
    for (const [name, key] of suspects) {
      signal.throwIfAborted()
      const blob = await records.find(key)
      if (blob !== undefined) await checkNow(blob, { counts, pace })
      suspects.delete(name)
    }
    return counts.objects
  }

  async function checkNow(blob: ScrubbedBlob, { counts, pace }: { counts: ScrubCounts; pace: Pace }): Promise<void> {
    const outcome = await checks.check(blob, pace)
    if (outcome === "right") await records.putVerified([blob])
    count(counts, blob.sizeBytes, outcome === "damaged")
  }

  return {
    open: async () => {
      const { wasUnclean } = await records.open()
      if (!wasUnclean) return
      for (const blob of await records.listLatest(LATEST_MS, MAX_SUSPECTS)) suspect(blob)
      if (suspects.size > 0) {
        log.info("the last server was cut off: what it stored last is compared with its digests", {
          blobs: suspects.size,
        })
      }
    },
    close: () => records.close(),
    run: (run) => {
      background?.abort()
      return takeTurn(() => runPass(run))
    },
    runInBackground: (run) =>
      takeTurn(async () => {
        const makeWay = (background = new AbortController())
        try {
          return await runPass({ ...run, signal: AbortSignal.any([run.signal, makeWay.signal]) })
        } catch (error) {
          if (makeWay.signal.aborted && !run.signal.aborted) return undefined
          throw error
        } finally {
          background = undefined
        }
      }),
    runOne: (digest, { signal, pace }) => {
      background?.abort()
      return takeTurn(async () => {
        const blobs = await records.listGenerations(parseDigest(digest))
        if (blobs.length === 0) {
          throw new RegistryError("BLOB_UNKNOWN", "no blob of this digest is stored", { detail: { digest } })
        }
        const counts: ScrubCounts = { objects: 0, bytes: 0, damaged: 0 }
        for (const blob of blobs) {
          signal.throwIfAborted()
          await checkNow(blob, { counts, pace })
        }
        return counts
      })
    },
    suspect,
    checkSuspects: (run) => takeTurn(() => checkSuspects(run)),
    findPass: () => records.findPass(),
    isRunning: () => running > 0,
    shareOf: ({ endedAt, position }) => {
      if (endedAt !== undefined || position.startsWith("manifest ")) return 1
      const { after } = parsePosition(position)
      return after === undefined ? 0 : shareOf(after.digest)
    },
    listDamage: (page) => records.listDamage(page),
    listDamageOf: (digest, limit) => records.listDamageOf(digest, limit),
    countDamage: () => records.countDamage(),
    counts: () => ({ ...total }),
    bytesPerSecond,
  }
}

function parsePosition(position: string): { after?: BlobKey } {
  const [kind, digest, generation] = position.split(" ")
  return kind === "blob" ? { after: { digest: parseDigest(digest ?? ""), generation: Number(generation) } } : {}
}

/** Digests are spread evenly, so how far a walk in their order is can be told from the last one. */
function shareOf(digest: Digest): number {
  if (digestAlgorithm(digest) !== "sha256") return 1
  return Number.parseInt(digestHex(digest).slice(0, 8), 16) / 2 ** 32
}
