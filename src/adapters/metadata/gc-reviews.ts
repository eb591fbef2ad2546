import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobKey } from "../../ports/blob-store.ts"
import type { ReviewKind, ReviewOutcome, ReviewStep } from "../../ports/metadata/gc.ts"
import { gcStatements } from "./gc-statements.ts"
import { manifestStatements } from "./manifest-statements.ts"
import { operation } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { countManifests } from "./repositories.ts"
import { noteRemoval, queueReview } from "./reviews.ts"

/** Who is noted where nobody asked for it. */
export const COLLECTOR = "gc"

/** An index may name ten thousand others: a step ends after so many, whatever its limit. */
const MOST_LET_GO = 500

interface Context {
  connection: Connection
  step: ReviewStep
  at: number
  /** References of manifests that ended in this transaction. */
  letGo: number
}

interface Due {
  repository: RepositoryName
  digest: Digest
  since: number
}

/** `gone`: it was collected, `bytes` with it. `later`: it is to be looked at again, counted from then. `held`: something needs it. */
type Verdict = { is: "gone"; bytes: number } | { is: "later"; since: number } | { is: "held" }

const HELD: Verdict = { is: "held" }
const GONE: Verdict = { is: "gone", bytes: 0 }

/** Whatever keeps something alive lets it be reviewed again when it goes: what is held leaves the queue. */
export const review = operation(
  "gc.review",
  async (connection, { kind, ...step }: ReviewStep & { kind: ReviewKind }, at): Promise<ReviewOutcome> => {
    const context: Context = { connection, step, at, letGo: 0 }
    const due = await connection.list(gcStatements.listDue, {
      kind,
      before: cutoffOf(kind, step, at),
      limit: step.limit,
    })
    const outcome: ReviewOutcome = { looked: 0, hasMore: due.length === step.limit, collected: [], bytes: 0 }
    for (const { repository, digest, since } of due) {
      if (context.letGo >= MOST_LET_GO) return { ...outcome, hasMore: true }
      outcome.looked++
      const key = { kind, repository, digest }
      const item = { repository: repository as RepositoryName, digest: digest as Digest, since }
      const verdict = await judge(kind, context, item)
      if (verdict.is === "later") await queueReview(connection, key, verdict.since)
      else await connection.run(gcStatements.unqueue, key)
      if (verdict.is !== "gone") continue
      outcome.collected.push({ repository, digest })
      outcome.bytes += verdict.bytes
    }
    return outcome
  },
)

/** Where untagged manifests stay their queue is emptied: the survey fills it when that changes. */
export function cutoffOf(kind: ReviewKind, step: Omit<ReviewStep, "limit" | "held">, at: number): number {
  if (kind === "untagged") return step.untaggedBefore ?? at
  return kind === "manifest" || kind === "repository" ? step.deletedBefore : step.touchedBefore
}

function judge(kind: ReviewKind, context: Context, item: Due): Promise<Verdict> {
  // What is not known of the repository may need it. It is looked at again when some time has passed.
  if (kind !== "blob" && context.step.held.includes(item.repository))
    return Promise.resolve({ is: "later", since: context.at })
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

async function judgeRepository({ connection, at }: Context, { repository }: Due): Promise<Verdict> {
  const row = await connection.find(gcStatements.findRepository, { repository })
  if (row === undefined || row.deletedAt === null) return HELD
  const removed = await connection.run(gcStatements.deleteEmptyRepository, { repository })
  return removed > 0 ? GONE : { is: "later", since: at }
}

/** One that was deleted: now for good. */
async function judgeManifest(context: Context, { repository, digest }: Due): Promise<Verdict> {
  const { connection, step } = context
  const row = await connection.find(gcStatements.findManifest, { repository, digest })
  if (row === undefined || row.deletedAt === null) return HELD
  if (row.deletedAt > step.deletedBefore) return { is: "later", since: row.deletedAt }
  await endManifest(context, { repository, digest })
  return GONE
}

/** Lets go of all that it names, and of what names it as its subject. */
async function endManifest(
  context: Context,
  { repository, digest }: { repository: RepositoryName; digest: Digest },
): Promise<void> {
  const { connection, step, at } = context
  // One statement for all of them: an index may name ten thousand others.
  const named = { repository, manifest: digest }
  // Where untagged ones go whatever their age, what this one named is looked at in the same run.
  const since = step.endsUntagged === true ? Math.min(at, step.untaggedBefore ?? at) : at
  await connection.run(gcStatements.queueBlobsOf, { ...named, since: 0 })
  await connection.run(gcStatements.queueManifestsOf, { ...named, since })
  await connection.run(gcStatements.deleteManifest, { repository, digest })
  context.letGo += await connection.run(gcStatements.deleteReferences, named)
  await connection.run(gcStatements.deleteUnusedBody, { digest })
  await connection.run(gcStatements.queueReferrers, { repository, digest, since })
  await noteRemoval(connection, { kind: "manifest", repository, digest, actor: COLLECTOR, reason: "expired", at })
}

/** One that a tag or an index has let go: it is marked as if somebody had deleted it, so that it can be brought back. */
async function judgeUntagged(context: Context, { repository, digest, since }: Due): Promise<Verdict> {
  const { connection, step, at } = context
  if (step.untaggedBefore === undefined) return HELD
  const key = { repository, digest }
  const row = await connection.find(gcStatements.findManifest, key)
  if (row === undefined || row.deletedAt !== null || (await isAnchored(connection, key, row.subject))) return HELD
  const usedAt = Math.max(row.createdAt, row.lastPulledAt ?? 0, since)
  if (usedAt > step.untaggedBefore) return { is: "later", since: usedAt }
  await connection.run(manifestStatements.mark, { ...key, at })
  await countManifests(connection, repository, -1)
  await noteRemoval(connection, { kind: "manifest", ...key, actor: COLLECTOR, reason: "untagged", at })
  if (step.endsUntagged === true) await endManifest(context, key)
  else await queueReview(connection, { kind: "manifest", ...key }, at)
  return GONE
}

/** A referrer stays with its subject, and a subject with a referrer that a tag or an index has. */
async function isAnchored(
  connection: Connection,
  key: { repository: RepositoryName; digest: Digest },
  subject: Digest | null,
): Promise<boolean> {
  if ((await connection.find(gcStatements.findTag, key)) !== undefined) return true
  if ((await connection.find(gcStatements.findReference, key)) !== undefined) return true
  if ((await connection.find(gcStatements.findAnchoredReferrer, key)) !== undefined) return true
  if (subject === null) return false
  const { repository } = key
  return (await connection.find(gcStatements.findManifest, { repository, digest: subject })) !== undefined
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
