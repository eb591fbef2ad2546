import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { PushTelling } from "../../ports/metadata/events.ts"
import type { Restoring } from "../../ports/metadata/history.ts"
import { fp } from "../../failpoint.ts"
import { tellPushes } from "./events.ts"
import { gcStatements } from "./gc-statements.ts"
import { historyStatements, selectTaken } from "./history-statements.ts"
import { operation } from "./operation.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"
import { purgeStatements } from "./purge.ts"
import { countManifests, ensureRepository } from "./repositories.ts"
import type { StepSize, Work, WorkStep } from "./repository-work.ts"
import { queueUntagged } from "./reviews.ts"
import type { Schema } from "./schema.ts"
import { putTag } from "./tags.ts"

/** What one step did. */
export interface RestorationStep extends WorkStep {
  manifests: number
  tagCount: number
  /** The first of them. */
  kept: Tag[]
  keptCount: number
  told: Record<string, number>
}

interface Target {
  repository: RepositoryName
}

type Part = Schema["unfinished_restoration"]["part"]

interface Unfinished extends Target {
  part: Part
  /** The last row of the part that was looked at. */
  position: string
  deletedAt: number
  lastChange: number
  at: number
  actor: string
  /** JSON. */
  telling: string | null
}

const SHOWN = 100

/**
 * Tags before manifests: the deletion's mark tells which these may name, and endpoints hear first of what no tag names, as
 * of the pushes.
 */
const PARTS: readonly Part[] = ["links", "tags", "manifests", "telling"]

export const repositoryRestorationStatements = {
  list: prepare(({ db, p }: Build<{ after: string }>) =>
    db
      .selectFrom("unfinished_restoration")
      .select("repository")
      .where("repository", ">", p("after") as RepositoryName)
      .orderBy("repository"),
  ),
  find: prepare(({ db, p }: Build<Target>) =>
    db
      .selectFrom("unfinished_restoration")
      .select(["repository", "part", "position", "at", "actor", "telling"])
      .select(["deleted_at as deletedAt", "last_change as lastChange"])
      .where("repository", "=", p("repository")),
  ),
  put: prepare(({ db, p }: Build<Unfinished>) =>
    db
      .insertInto("unfinished_restoration")
      .values({
        repository: p("repository"),
        part: p("part"),
        position: p("position"),
        deleted_at: p("deletedAt"),
        last_change: p("lastChange"),
        at: p("at"),
        actor: p("actor"),
        telling: p("telling"),
      })
      .onConflict((conflict) =>
        conflict.column("repository").doUpdateSet((eb) => ({
          part: eb.ref("excluded.part"),
          position: eb.ref("excluded.position"),
        })),
      ),
  ),
  delete: prepare(({ db, p }: Build<Target>) =>
    db.deleteFrom("unfinished_restoration").where("repository", "=", p("repository")),
  ),
  /** The tags that the deletion took, what they named where that can be named again, and what they name now. */
  listTaken: prepare(({ db, p }: Build<Target & { deletedAt: number; after: number; limit: number }>) =>
    selectTaken(db, p)
      .leftJoin("tag", (join) =>
        join.onRef("tag.repository", "=", "taken.repository").onRef("tag.name", "=", "taken.tag"),
      )
      .leftJoin("manifest", (join) =>
        join
          .onRef("manifest.repository", "=", "taken.repository")
          .onRef("manifest.digest", "=", "taken.previous")
          .on((eb) => eb.or([eb("manifest.deleted_at", "is", null), eb("manifest.deleted_at", "=", p("deletedAt"))])),
      )
      .select([
        "taken.id",
        "taken.tag as name",
        "tag.name as current",
        "manifest.digest",
        "manifest.media_type as mediaType",
        "manifest.size as sizeBytes",
      ])
      .where("taken.id", ">", p("after"))
      .orderBy("taken.id")
      .limit(p("limit")),
  ),
  /** Deleted or not: a page costs what it has rows. */
  listManifests: prepare(({ db, p }: Build<Target & { after: Digest; limit: number }>) =>
    db
      .selectFrom("manifest")
      .select((eb) => [
        "digest",
        "media_type as mediaType",
        "size as sizeBytes",
        "deleted_at as mark",
        eb
          .selectFrom("tag")
          .select("tag.name")
          .whereRef("tag.repository", "=", "manifest.repository")
          .whereRef("tag.digest", "=", "manifest.digest")
          .limit(1)
          .as("tag"),
      ])
      .where("repository", "=", p("repository"))
      .where("digest", ">", p("after"))
      .orderBy("digest")
      .limit(p("limit")),
  ),
}

/** From the first step on the repository is there again, for whoever waits for the last. */
const restoreRepository = operation(
  "history.restoreRepository",
  async (
    connection,
    { repository, actor, telling, stepRows }: Target & Restoring & StepSize,
    at,
  ): Promise<RestorationStep | undefined> => {
    const deletedAt = (await connection.find(historyStatements.findDeletion, { repository }))?.at
    if (deletedAt === undefined) return undefined
    const deletion = { repository, deletedAt }
    if (!(await hasRest(connection, deletion))) return undefined
    const lastChange = (await connection.find(historyStatements.findLastChange, { repository }))?.id ?? 0
    const json = telling === undefined ? null : JSON.stringify(telling)
    const begun = { ...deletion, part: "links", position: "", lastChange, at, actor, telling: json } as const
    return advance(connection, begun, stepRows)
  },
)

/**
 * Whether a deletion of the repository can be undone. Blobs outlive the manifests that named them: without any of these it
 * would come back with nothing in it that a client could pull.
 */
export async function hasRest(connection: Connection, deletion: Target & { deletedAt: number }): Promise<boolean> {
  if ((await connection.find(historyStatements.findMarked, deletion)) !== undefined) return true
  if ((await connection.find(historyStatements.findMarkedLink, deletion)) === undefined) return false
  if ((await connection.find(historyStatements.findTakenManifest, deletion)) === undefined) return true
  return (await connection.find(historyStatements.findPresent, deletion)) !== undefined
}

/** Goes on with what is unfinished of the repository. */
export const proceedRestoration = operation(
  "history.proceed",
  async (connection, { repository, stepRows }: Target & StepSize): Promise<RestorationStep> => {
    const unfinished = await connection.find(repositoryRestorationStatements.find, { repository })
    return unfinished === undefined ? { ...begin(), isDone: true } : advance(connection, unfinished, stepRows)
  },
)

export const repositoryRestorationOperations = [restoreRepository, proceedRestoration]

export function createRestoration(repository: RepositoryName, restoring: Restoring): Work<RestorationStep> {
  return {
    begin: (write, stepRows) => write(restoreRepository, { repository, ...restoring, stepRows }),
    proceed: (write, stepRows) => write(proceedRestoration, { repository, stepRows }),
    add,
    pass: () => fp("repository.partly_restored"),
  }
}

function add(sum: RestorationStep, step: RestorationStep): RestorationStep {
  const told = { ...sum.told }
  for (const [name, count] of Object.entries(step.told)) told[name] = (told[name] ?? 0) + count
  return {
    isDone: step.isDone,
    manifests: sum.manifests + step.manifests,
    tagCount: sum.tagCount + step.tagCount,
    kept: [...sum.kept, ...step.kept].slice(0, SHOWN),
    keptCount: sum.keptCount + step.keptCount,
    told,
  }
}

function begin(): RestorationStep {
  return { isDone: false, manifests: 0, tagCount: 0, kept: [], keptCount: 0, told: {} }
}

/** What is small is begun and ended in one transaction, and leaves no row of its own. */
async function advance(connection: Connection, unfinished: Unfinished, stepRows: number): Promise<RestorationStep> {
  const step = begin()
  const { repository, at } = unfinished
  const telling = unfinished.telling === null ? undefined : (JSON.parse(unfinished.telling) as PushTelling)
  let { part, position } = unfinished
  for (let left = stepRows; left > 0;) {
    const page = { ...unfinished, telling, part, position, limit: left }
    const { looked, last } = await restorePage(connection, page, step)
    left -= looked
    const next = PARTS[PARTS.indexOf(part) + 1]
    if (left === 0) position = last
    else if (next !== undefined) [part, position] = [next, ""]
    else {
      await ensureRepository(connection, repository, at)
      await connection.run(gcStatements.unqueue, { kind: "repository", repository, digest: "" })
      await connection.run(repositoryRestorationStatements.delete, { repository })
      return { ...step, isDone: true }
    }
  }
  await connection.run(repositoryRestorationStatements.put, { ...unfinished, part, position })
  return step
}

interface Page extends Omit<Unfinished, "telling"> {
  telling: PushTelling | undefined
  limit: number
}

interface Looked {
  looked: number
  /** Where the next page begins. */
  last: string
}

function restorePage(connection: Connection, page: Page, step: RestorationStep): Promise<Looked> {
  switch (page.part) {
    case "links":
      return restoreLinks(connection, page)
    case "tags":
      return restoreTags(connection, page, step)
    case "manifests":
      return restoreManifests(connection, page, step)
    case "telling":
      return tellTags(connection, page, step)
  }
}

/** What clients were told of them counts from now. */
async function restoreLinks(connection: Connection, page: Page): Promise<Looked> {
  const { repository, position, limit, deletedAt, at } = page
  const links = await connection.list(purgeStatements.listLinks, { repository, after: position as Digest, limit })
  for (const { digest, deletedAt: mark } of links) {
    if (mark === deletedAt) await connection.run(historyStatements.unmarkLink, { repository, digest, at })
  }
  return { looked: links.length, last: links.at(-1)?.digest ?? "" }
}

/** A tag that was pushed again since stays: what is newer wins. */
async function restoreTags(connection: Connection, page: Page, step: RestorationStep): Promise<Looked> {
  const { repository, position, limit, deletedAt, at, actor } = page
  const query = { repository, deletedAt, after: Number(position), limit }
  const taken = await connection.list(repositoryRestorationStatements.listTaken, query)
  for (const { name, current, digest, mediaType, sizeBytes } of taken) {
    if (current !== null) {
      step.keptCount++
      if (step.kept.length < SHOWN) step.kept.push(name)
    } else if (digest !== null && mediaType !== null && sizeBytes !== null) {
      await putTag(connection, { repository, name, digest, mediaType, sizeBytes }, { actor, at })
      step.tagCount++
    }
  }
  return { looked: taken.length, last: String(taken.at(-1)?.id ?? "") }
}

async function restoreManifests(connection: Connection, page: Page, step: RestorationStep): Promise<Looked> {
  const { repository, position, limit, deletedAt, at } = page
  const query = { repository, after: position as Digest, limit }
  const rows = await connection.list(repositoryRestorationStatements.listManifests, query)
  const back = rows.filter(({ mark }) => mark === deletedAt)
  for (const { digest } of back) {
    await connection.run(historyStatements.unmarkManifest, { repository, digest })
    // Its time as one that no tag names begins anew.
    await queueUntagged(connection, { repository, digest }, at)
  }
  await countManifests(connection, repository, back.length)
  step.manifests += back.length
  const untagged = back.filter(({ tag }) => tag === null)
  await tell(connection, { page, step, targets: untagged })
  return { looked: rows.length, last: rows.at(-1)?.digest ?? "" }
}

/** Each tag that was put since the restoration began. */
async function tellTags(connection: Connection, page: Page, step: RestorationStep): Promise<Looked> {
  const { repository, position, limit, telling, lastChange } = page
  if (telling === undefined) return { looked: 0, last: "" }
  const query = { repository, after: position === "" ? lastChange : Number(position), limit }
  const tags = await connection.list(historyStatements.listPut, query)
  await tell(connection, { page, step, targets: tags })
  return { looked: tags.length, last: String(tags.at(-1)?.id ?? "") }
}

interface Telling {
  page: Page
  step: RestorationStep
  targets: readonly { digest: Digest; mediaType: string; sizeBytes: number; tag: Tag | null }[]
}

async function tell(
  connection: Connection,
  { page: { telling, at }, step: { told }, targets }: Telling,
): Promise<void> {
  if (telling === undefined) return
  const named = targets.map(({ digest, mediaType, sizeBytes, tag }) =>
    tag === null ? { digest, mediaType, sizeBytes } : { digest, mediaType, sizeBytes, tag },
  )
  await tellPushes(connection, { telling, told, at }, named)
}
