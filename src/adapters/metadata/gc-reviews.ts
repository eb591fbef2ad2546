import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobKey } from "../../ports/blob-store.ts"
import type { RemovalReason, ReviewKind, ReviewOutcome, ReviewStep } from "../../ports/metadata/gc.ts"
import type { ManifestKey } from "../../ports/metadata/manifests.ts"
import { findFamily, type Family } from "./gc-families.ts"
import { gcStatements } from "./gc-statements.ts"
import { manifestStatements } from "./manifest-statements.ts"
import { operation } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { countManifests } from "./repositories.ts"
import { repositoryDeletionStatements } from "./repository-deletion.ts"
import { repositoryRestorationStatements } from "./repository-restoration.ts"
import { noteRemoval, queueNew, queueReview, queueUntagged } from "./reviews.ts"
import { fp } from "../../failpoint.ts"

/** Who is noted where nobody asked for it. */
export const COLLECTOR = "gc"

/** An index may name ten thousand others, and have as many referrers: so many of them go for each row that a step may look at. */
const LET_GO_PER_ROW = 10
/** Whose families have so many members are the last whose families a step looks at. */
const LOOKED_AT = 1000
/** A family of so many goes in one transaction: what somebody tags between two of them would be left without a part of it. */
const WHOLE_FAMILY = 200
/** A larger one goes in so many steps, each of which looks at all that is left of it. */
const FAMILY_STEPS = 20

interface Context {
  connection: Connection
  step: ReviewStep
  at: number
  outcome: ReviewOutcome
  /** How many references this transaction may still let go. */
  left: number
  /** By each of their members: these were looked at in this transaction. */
  families: Map<string, Family>
}

interface Due {
  kind: ReviewKind
  repository: RepositoryName
  digest: Digest
  since: number
  position: Digest | ""
}

/**
 * `gone`: it was collected, `bytes` with it. `later`: it is to be looked at again, counted from then. `held`: something
 * needs it, or it went before. `hasRest`: it has more to let go than this step may, and stays queued for that. `postponed`:
 * what goes with it is more than this step has room for, and the next one begins with it.
 */
type Verdict =
  | { is: "gone"; bytes: number; hasRest?: boolean }
  | { is: "later"; since: number }
  | { is: "held"; hasRest?: boolean }
  | { is: "postponed" }

const HELD = { is: "held" } as const
const GONE = { is: "gone", bytes: 0 } as const
const POSTPONED = { is: "postponed" } as const

/** Whatever keeps something alive lets it be reviewed again when it goes: what is held leaves the queue. */
export const review = operation(
  "gc.review",
  async (connection, { kind, ...asked }: ReviewStep & { kind: ReviewKind }, at): Promise<ReviewOutcome> => {
    const step = { ...asked, held: [...asked.held, ...(await listHalfDone(connection))] }
    const due = await connection.list(gcStatements.listDue, {
      kind,
      before: cutoffOf(kind, step, at),
      limit: step.limit,
    })
    const outcome: ReviewOutcome = { looked: 0, hasMore: due.length === step.limit, collected: [], bytes: 0 }
    const context: Context = { connection, step, at, outcome, left: LET_GO_PER_ROW * step.limit, families: new Map() }
    for (const { repository, digest, since, position } of due) {
      const isKnown = context.families.has(`${repository}@${digest}`)
      if (context.families.size >= LOOKED_AT && !isKnown) return { ...outcome, hasMore: true }
      const key = { kind, repository, digest }
      const item = { kind, repository: repository as RepositoryName, digest: digest as Digest, since, position }
      const verdict = await judge(context, item)
      if (verdict.is === "postponed") return { ...outcome, hasMore: true }
      outcome.looked++
      if (verdict.is === "later") await queueReview(connection, key, verdict.since)
      else if (verdict.hasRest !== true) await connection.run(gcStatements.unqueue, key)
      if (verdict.is === "gone") {
        outcome.collected.push({ repository, digest })
        outcome.bytes += verdict.bytes
      }
      if (isFull(context)) return { ...outcome, hasMore: true }
    }
    return outcome
  },
)

/** Between two steps of a deletion or of what undoes it, what a repository has names what it has not. */
async function listHalfDone(connection: Connection): Promise<RepositoryName[]> {
  const deletions = await connection.list(repositoryDeletionStatements.list, { after: "" })
  const restorations = await connection.list(repositoryRestorationStatements.list, { after: "" })
  return [...deletions, ...restorations].map(({ repository }) => repository)
}

/** Others wait for this transaction: it ends when so much went. */
function isFull({ left, outcome, step }: Context): boolean {
  return left === 0 || outcome.collected.length >= step.limit
}

/** Where untagged manifests stay their queue is emptied: the survey fills it when that changes. */
export function cutoffOf(kind: ReviewKind, step: Omit<ReviewStep, "limit" | "held">, at: number): number {
  if (kind === "untagged") return step.untaggedBefore ?? at
  return kind === "manifest" || kind === "repository" ? step.deletedBefore : step.touchedBefore
}

function judge(context: Context, item: Due): Promise<Verdict> {
  const { kind } = item
  const { step } = context
  if (kind === "untagged" && step.untaggedBefore === undefined) return Promise.resolve(HELD)
  // What is not known of the repository may need it.
  if (kind !== "blob" && step.held.includes(item.repository)) return Promise.resolve(notInThisRun(context, kind))
  switch (kind) {
    case "repository":
      return judgeRepository(context, item)
    case "manifest":
      return judgeManifest(context, item)
    case "untagged":
      return judgeUntagged(context, item)
    case "link":
      return judgeLink(context, item)
    case "blob":
      return judgeBlob(context, item)
  }
}

/** Not even where a run waives all time that has to pass: it would meet the same again and again. */
function notInThisRun({ step, at }: Context, kind: ReviewKind): Verdict {
  return { is: "later", since: Math.max(at, cutoffOf(kind, step, at) + 1) }
}

async function judgeRepository(context: Context, { repository }: Due): Promise<Verdict> {
  const { connection } = context
  const row = await connection.find(gcStatements.findRepository, { repository })
  if (row === undefined || row.deletedAt === null) return HELD
  const removed = await connection.run(gcStatements.deleteEmptyRepository, { repository })
  return removed > 0 ? GONE : notInThisRun(context, "repository")
}

/** One that was deleted: now for good. What it named is held until its reference goes, in this step or a later one. */
async function judgeManifest(context: Context, item: Due): Promise<Verdict> {
  const { connection, step } = context
  const { repository, digest } = item
  const row = await connection.find(manifestStatements.findRow, { repository, digest })
  if (row === undefined) return letRestGo(context, item)
  if (row.deletedAt === null) return HELD
  if (row.deletedAt > step.deletedBefore) return { is: "later", since: row.deletedAt }
  await endManifest(context, { repository, digest }, step.waivesGrace === true ? "waived" : "expired")
  return { ...GONE, hasRest: !(await letGo(context, item)) }
}

/** From here on nobody can bring it back: what it refers to may go piece by piece. */
async function endManifest({ connection, at }: Context, key: ManifestKey, reason: RemovalReason): Promise<void> {
  await connection.run(gcStatements.deleteManifest, key)
  await connection.run(gcStatements.deleteUnusedBody, { digest: key.digest })
  await noteRemoval(connection, { kind: "manifest", ...key, actor: COLLECTOR, reason, at })
}

async function letRestGo(context: Context, item: Due): Promise<Verdict> {
  fp("gc.partly_let_go")
  return { ...HELD, hasRest: !(await letGo(context, item)) }
}

/** Lets go of what an ended manifest names, and of what names it as its subject. `false`: more is left than the step may do. */
async function letGo(context: Context, item: Due): Promise<boolean> {
  const { connection } = context
  const { repository, digest: manifest } = item
  const references = await connection.list(gcStatements.listSomeReferences, {
    repository,
    manifest,
    limit: context.left,
  })
  for (const { kind, digest } of references) {
    const isBlob = kind === "config" || kind === "layer"
    // It may have been what kept a family that was looked at before.
    if (!isBlob && kind !== "subject") context.families.clear()
    if (isBlob) await queueReview(connection, { kind: "link", repository, digest }, 0)
    else await queueUntagged(connection, { repository, digest }, letGoAt(context))
    await connection.run(gcStatements.deleteReference, { repository, manifest, kind, digest })
  }
  context.left -= references.length
  if (context.left === 0) return false
  return letReferrersGo(context, item)
}

/** Where untagged ones go whatever their age, what one of them named is looked at in the same run. */
function letGoAt({ step, at }: Context): number {
  return step.endsUntagged === true ? Math.min(at, step.untaggedBefore ?? at) : at
}

async function letReferrersGo(context: Context, item: Due): Promise<boolean> {
  const { connection } = context
  const { kind, repository, digest: subject, position } = item
  const page = { repository, subject, after: position, limit: context.left }
  const referrers = await connection.list(gcStatements.listReferrers, page)
  const since = letGoAt(context)
  for (const { digest } of referrers) await queueNew(connection, { kind: "untagged", repository, digest }, since)
  const last = referrers.at(-1)
  if (last === undefined || referrers.length < context.left) return true
  context.left = 0
  await connection.run(gcStatements.setPosition, { kind, repository, digest: subject, position: last.digest })
  return false
}

/** One that a tag or an index has let go: it goes with all that belongs to it, or none of them does, unless these are very many. */
async function judgeUntagged(context: Context, item: Due): Promise<Verdict> {
  const { connection, step } = context
  const { repository, digest } = item
  const row = await connection.find(manifestStatements.findRow, { repository, digest })
  if (row === undefined) return letRestGo(context, item)
  if (row.deletedAt !== null) return HELD
  const known = context.families.get(`${repository}@${digest}`)
  const family = known ?? (await lookAtFamily(context, { repository, digest }))
  const stays = judgeFamily(context, family)
  if (stays !== undefined) {
    if (known === undefined) await spread(context, { repository, members: family.members }, stays)
    return stays
  }
  const { members } = family
  const isWhole = members.length <= WHOLE_FAMILY
  const before = context.outcome.collected.length
  if (isWhole && before > 0 && before + members.length > step.limit) return POSTPONED
  const most = Math.max(step.limit, Math.ceil(members.length / FAMILY_STEPS))
  let hasRest = true
  for (const member of members) {
    if (!isWhole && (context.left === 0 || context.outcome.collected.length >= most)) {
      // For the next step, which takes the rest.
      await queueReview(connection, { kind: "untagged", repository, digest: member }, 0)
      break
    }
    const isDone = await collectUntagged(context, { repository, digest: member })
    if (member === digest) hasRest = !isDone
  }
  return { ...HELD, hasRest }
}

/** `undefined`: it goes. */
function judgeFamily({ step, at }: Context, { keeper, isTooLarge, usedAt }: Family): Verdict | undefined {
  if (keeper !== undefined || isTooLarge) return HELD
  return usedAt > cutoffOf("untagged", step, at) ? { is: "later", since: usedAt } : undefined
}

/** To look at a large family takes long: what is found holds for all that stand in the queue, not for the first alone. */
async function spread(
  { connection, step }: Context,
  { repository, members }: { repository: RepositoryName; members: readonly Digest[] },
  verdict: Verdict,
): Promise<void> {
  if (members.length <= step.limit) return
  for (const digest of members) {
    const key = { kind: "untagged", repository, digest } as const
    if (verdict.is !== "later") await connection.run(gcStatements.unqueue, key)
    else await queueReview(connection, key, verdict.since)
  }
}

async function lookAtFamily({ connection, families }: Context, key: ManifestKey): Promise<Family> {
  const family = await findFamily(connection, key)
  for (const member of family.members) families.set(`${key.repository}@${member}`, family)
  return family
}

/** It is marked as if somebody had deleted it, so that it can be brought back. `false`: more is left than the step may do. */
async function collectUntagged(context: Context, key: ManifestKey): Promise<boolean> {
  const { connection, step, at, outcome } = context
  // What went in an earlier step, where the family was larger than it.
  if ((await connection.run(manifestStatements.mark, { ...key, at })) === 0) return true
  await countManifests(connection, key.repository, -1)
  outcome.collected.push(key)
  if (step.endsUntagged !== true) {
    await noteRemoval(connection, { kind: "manifest", ...key, actor: COLLECTOR, reason: "untagged", at })
    await queueReview(connection, { kind: "manifest", ...key }, at)
    return true
  }
  await endManifest(context, key, "unnamed")
  const item = { kind: "untagged", ...key, since: 0, position: "" } as const
  await queueReview(connection, { kind: "untagged", ...key }, 0)
  if (await letGo(context, item)) {
    await connection.run(gcStatements.unqueue, { kind: "untagged", ...key })
    return true
  }
  // For a later run that asks for nothing untagged, should this one be cut off.
  await queueReview(connection, { kind: "manifest", ...key }, 0)
  return false
}

async function judgeLink({ connection, step, at }: Context, { repository, digest }: Due): Promise<Verdict> {
  const key = { repository, digest }
  const link = await connection.find(gcStatements.findLink, key)
  if (link === undefined) return HELD
  if ((await connection.find(gcStatements.findReference, key)) !== undefined) return HELD
  const usedAt = Math.max(link.touchedAt, link.deletedAt ?? 0)
  if (usedAt > step.touchedBefore) return { is: "later", since: usedAt }
  await connection.run(gcStatements.deleteLink, key)
  await connection.run(gcStatements.touchBlob, { digest, at: usedAt })
  await queueReview(connection, { kind: "blob", repository: "", digest }, 0)
  await noteRemoval(connection, { kind: "link", ...key, actor: COLLECTOR, reason: "unreferenced", at })
  return GONE
}

async function judgeBlob({ connection, step, at }: Context, { digest }: Due): Promise<Verdict> {
  const copies = await connection.list(gcStatements.listCopies, { digest })
  const live = copies.find(({ state }) => state === "live")
  if (live === undefined || (await isNeeded(connection, { digest, generation: live.generation }))) return HELD
  if (live.touchedAt > step.touchedBefore) return { is: "later", since: live.touchedAt }
  await connection.run(gcStatements.condemn, { digest, generation: live.generation, at })
  return { is: "gone", bytes: live.sizeBytes }
}

/** By a repository that has it, or had it a while ago, or by any manifest at all; or as a manifest of distribution's. */
export async function isNeeded(connection: Connection, { digest, generation }: BlobKey): Promise<boolean> {
  if ((await connection.find(gcStatements.anyLink, { digest })) !== undefined) return true
  if ((await connection.find(gcStatements.anyReference, { digest })) !== undefined) return true
  return generation === 0 && (await connection.find(gcStatements.anyManifestBase, { digest })) !== undefined
}
