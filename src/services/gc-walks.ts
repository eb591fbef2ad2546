import type { Digest } from "../domain/digest.ts"
import type { BlobKey } from "../ports/blob-store.ts"
import type { Clock } from "../ports/clock.ts"
import type { GcWalk, GcWalkName } from "../ports/metadata/gc.ts"
import { addOrphans } from "./gc-report.ts"
import { removeGivenUp, type GcWork } from "./gc-sweep.ts"
import { fp } from "../failpoint.ts"

export interface Walks {
  clock: Clock
}

/** A walk through everything begins a day after the last one has ended. */
const REST_MS = 24 * 60 * 60 * 1000
/** Steps in one run: with a run each minute a million rows take about a day on a busy server, and an hour on another. */
const STEPS = 100
/** In one of them, while the server has other things to do and while it has none: each is some reads of a disk. */
const [BUSY_ROWS, ROWS] = [10, 200]

/**
 * Queues what the changes themselves should have queued: what an older version left, or a fault. `isWhole`: from the
 * beginning to the end, whenever the last walk was.
 */
export async function walkRecords(work: GcWork & Walks, { isWhole }: { isWhole: boolean }): Promise<void> {
  const walk = isWhole ? begin(work) : await openWalk(work, "records")
  if (walk === undefined) return
  const most = isWhole ? Infinity : STEPS
  let position: string | undefined = walk.position
  for (let [steps, rows] = [0, BUSY_ROWS]; position !== undefined && steps < most; steps++) {
    work.signal.throwIfAborted()
    position = await work.records.survey(position, rows)
    fp("gc.surveyed")
    rows = (await work.rest()) ? BUSY_ROWS : ROWS
  }
  await keepPlace(work, "records", { walk, position })
}

interface OrphanRules {
  /** From the beginning to the end, whenever the last walk was. */
  isWhole: boolean
  /** An object that is younger may be one that a push has just brought. */
  graceMs: number
  /** Between two sightings. */
  delayMs: number
}

/** Looks for stored objects that have no row: a crash between the file and its row leaves one. */
export async function walkObjects(work: GcWork & Walks, { isWhole, graceMs, delayMs }: OrphanRules): Promise<void> {
  // A link that could not be read, or a manifest of an unknown kind, may name any of them.
  if (work.held.length > 0) return
  const walk = isWhole ? begin(work) : await openWalk(work, "objects")
  if (walk === undefined) return
  const most = isWhole ? Infinity : STEPS
  let position: string | undefined = walk.position
  let after: BlobKey | undefined = position === "" ? undefined : parseKey(position)
  for (let [steps, limit] = [0, BUSY_ROWS]; position !== undefined && steps < most; steps++) {
    work.signal.throwIfAborted()
    const now = work.clock.now()
    const page = await work.store.list({ limit, ...(after !== undefined && { after }) })
    const old = page.items.filter(({ modifiedAt }) => modifiedAt < now - graceMs)
    const orphans = await work.records.sight(old, now - delayMs)
    fp("gc.sighted")
    addOrphans(work.report, orphans)
    await work.notes?.noteBlobs(orphans)
    after = page.hasMore ? page.items.at(-1) : undefined
    position = after && `${after.digest} ${after.generation}`
    limit = (await work.rest()) ? BUSY_ROWS : ROWS
  }
  await removeGivenUp(work)
  await keepPlace(work, "objects", { walk, position })
}

function parseKey(position: string): BlobKey {
  const [digest = "", generation] = position.split(" ")
  return { digest: digest as Digest, generation: Number(generation) }
}

function begin({ clock }: Walks): GcWalk {
  return { position: "", startedAt: clock.now() }
}

/** The walk that is under way, or a new one; `undefined` while the last one is not long ago. */
async function openWalk({ records, clock }: GcWork & Walks, name: GcWalkName): Promise<GcWalk | undefined> {
  const walk = await records.findWalk(name)
  if (walk?.endedAt === undefined) return walk ?? begin({ clock })
  return clock.now() - walk.endedAt < REST_MS ? undefined : begin({ clock })
}

async function keepPlace(
  { records, clock }: GcWork & Walks,
  name: GcWalkName,
  { walk, position }: { walk: GcWalk; position: string | undefined },
): Promise<void> {
  const { startedAt } = walk
  await records.putWalk(
    name,
    position === undefined ? { position: "", startedAt, endedAt: clock.now() } : { position, startedAt },
  )
}
