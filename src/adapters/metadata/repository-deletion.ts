import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { EventAppend } from "../../ports/metadata/events.ts"
import type { RepositoryDeletion } from "../../ports/metadata/repositories.ts"
import { fp } from "../../failpoint.ts"
import { blobStatements } from "./blob-statements.ts"
import { findDeletionMoment } from "./deletion-moment.ts"
import { appendEvents } from "./events.ts"
import { manifestStatements } from "./manifest-statements.ts"
import { operation } from "./operation.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"
import { endUndo, endUndoOfLink, purgeStatements } from "./purge.ts"
import { repositoryStatements } from "./repository-statements.ts"
import type { StepSize, Work, WorkStep } from "./repository-work.ts"
import { noteRemoval, queueReview } from "./reviews.ts"
import type { Schema } from "./schema.ts"
import { takeTag } from "./tags.ts"

/** What one step did. */
export interface DeletionStep extends WorkStep {
  manifestCount: number
  tagCount: number
  /** Manifests that cannot be brought back any more. */
  purgedCount: number
}

interface Target {
  repository: RepositoryName
}

type Part = Schema["unfinished_deletion"]["part"]

interface Unfinished extends Target {
  part: Part
  /** The last row of the part that was looked at. */
  position: string
  at: number
  actor: string
  /** JSON. */
  events: string | null
  isPurge: number
}

const NOTHING = { manifestCount: 0, tagCount: 0, purgedCount: 0 }

/** A manifest goes before its tags: without them it would count as untagged. */
const PARTS: readonly Part[] = ["manifests", "tags", "links"]

export const repositoryDeletionStatements = {
  list: prepare(({ db, p }: Build<{ after: string }>) =>
    db
      .selectFrom("unfinished_deletion")
      .select("repository")
      .where("repository", ">", p("after") as RepositoryName)
      .orderBy("repository"),
  ),
  find: prepare(({ db, p }: Build<Target>) =>
    db
      .selectFrom("unfinished_deletion")
      .select(["repository", "part", "position", "at", "actor", "events", "is_purge as isPurge"])
      .where("repository", "=", p("repository")),
  ),
  put: prepare(({ db, p }: Build<Unfinished>) =>
    db
      .insertInto("unfinished_deletion")
      .values({
        repository: p("repository"),
        part: p("part"),
        position: p("position"),
        at: p("at"),
        actor: p("actor"),
        events: p("events"),
        is_purge: p("isPurge"),
      })
      .onConflict((conflict) =>
        conflict.column("repository").doUpdateSet((eb) => ({
          part: eb.ref("excluded.part"),
          position: eb.ref("excluded.position"),
        })),
      ),
  ),
  delete: prepare(({ db, p }: Build<Target>) =>
    db.deleteFrom("unfinished_deletion").where("repository", "=", p("repository")),
  ),
  listTags: prepare(({ db, p }: Build<Target & { after: string; limit: number }>) =>
    db
      .selectFrom("tag")
      .select(["name", "digest"])
      .where("repository", "=", p("repository"))
      .where("name", ">", p("after") as Tag)
      .orderBy("name")
      .limit(p("limit")),
  ),
}

/** From the first step on the repository is deleted: what is left of it is nobody's to see. */
export const deleteRepository = operation(
  "repositories.delete",
  async (
    connection,
    { repository, actor, events, isPurge = false, stepRows }: Target & RepositoryDeletion & StepSize,
    now,
  ): Promise<DeletionStep | undefined> => {
    const key = { kind: "repository", repository, digest: "" } as const
    const isThere = (await connection.find(repositoryStatements.find, { repository })) !== undefined
    if (!isThere && !isPurge) return undefined
    const at = await findDeletionMoment(connection, repository, now)
    if (isThere) {
      await connection.run(repositoryStatements.mark, { repository, at })
      await noteRemoval(connection, { ...key, actor, at, reason: "deleted" })
    }
    // From here on a purge is the last deletion as well: there is none that could be undone.
    if (isPurge) await noteRemoval(connection, { ...key, actor, at, reason: "purged" })
    await queueReview(connection, key, isPurge ? 0 : at)
    const json = isThere && events !== undefined ? JSON.stringify(events) : null
    const begun = { repository, part: "manifests", position: "", at, actor, events: json } as const
    return advance(connection, { ...begun, isPurge: isPurge ? 1 : 0 }, stepRows)
  },
)

/** Goes on with what is unfinished of the repository. */
export const proceedDeletion = operation(
  "repositories.proceed",
  async (connection, { repository, stepRows }: Target & StepSize): Promise<DeletionStep> => {
    const unfinished = await connection.find(repositoryDeletionStatements.find, { repository })
    return unfinished === undefined ? { ...NOTHING, isDone: true } : advance(connection, unfinished, stepRows)
  },
)

export const repositoryDeletionOperations = [deleteRepository, proceedDeletion]

export function createDeletion(repository: RepositoryName, deletion: RepositoryDeletion): Work<DeletionStep> {
  return {
    begin: (write, stepRows) => write(deleteRepository, { repository, ...deletion, stepRows }),
    proceed: (write, stepRows) => write(proceedDeletion, { repository, stepRows }),
    add: (sum, { isDone, manifestCount, tagCount, purgedCount }) => ({
      isDone,
      manifestCount: sum.manifestCount + manifestCount,
      tagCount: sum.tagCount + tagCount,
      purgedCount: sum.purgedCount + purgedCount,
    }),
    pass: () => (deletion.isPurge === true ? fp("repository.partly_purged") : fp("repository.partly_deleted")),
  }
}

/** What is small is begun and ended in one transaction, and leaves no row of its own. */
async function advance(connection: Connection, unfinished: Unfinished, stepRows: number): Promise<DeletionStep> {
  const step: DeletionStep = { ...NOTHING, isDone: false }
  const { repository, events, at } = unfinished
  let { part, position } = unfinished
  for (let left = stepRows; left > 0;) {
    const { looked, last } = await deletePage(connection, { ...unfinished, part, position, limit: left }, step)
    left -= looked
    const next = PARTS[PARTS.indexOf(part) + 1]
    if (left === 0) position = last
    else if (next !== undefined) [part, position] = [next, ""]
    else {
      await connection.run(repositoryDeletionStatements.delete, { repository })
      if (events !== null) await appendEvents(connection, JSON.parse(events) as EventAppend, at)
      return { ...step, isDone: true }
    }
  }
  await connection.run(repositoryDeletionStatements.put, { ...unfinished, part, position })
  return step
}

interface Page extends Unfinished {
  limit: number
}

interface Looked {
  looked: number
  /** Where the next page begins. */
  last: string
}

async function deletePage(connection: Connection, page: Page, step: DeletionStep): Promise<Looked> {
  const { repository, part, position, limit, at, actor, isPurge } = page
  const rows = { repository, after: position as Digest, limit }
  switch (part) {
    case "manifests": {
      const manifests = await connection.list(purgeStatements.listManifests, rows)
      for (const { digest, deletedAt } of manifests) {
        const key = { repository, digest }
        if (deletedAt === null) {
          await connection.run(manifestStatements.mark, { ...key, at })
          await queueReview(connection, { kind: "manifest", ...key }, at)
          await noteRemoval(connection, { kind: "manifest", ...key, actor, at, reason: "deleted" })
          step.manifestCount++
        }
        if (isPurge === 1 && (await endUndo(connection, key))) step.purgedCount++
      }
      return { looked: manifests.length, last: manifests.at(-1)?.digest ?? "" }
    }
    case "tags": {
      const tags = await connection.list(repositoryDeletionStatements.listTags, rows)
      for (const { name, digest } of tags) await takeTag(connection, { repository, name, digest }, { actor, at })
      step.tagCount += tags.length
      return { looked: tags.length, last: tags.at(-1)?.name ?? "" }
    }
    case "links": {
      const links = await connection.list(purgeStatements.listLinks, rows)
      for (const { digest, deletedAt } of links) {
        if (deletedAt === null) await connection.run(blobStatements.unlink, { repository, digest, at })
        if (isPurge === 1) await endUndoOfLink(connection, { repository, digest })
      }
      return { looked: links.length, last: links.at(-1)?.digest ?? "" }
    }
  }
}
