import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { Deletion, EventAppend } from "../../ports/metadata/events.ts"
import { blobStatements } from "./blob-statements.ts"
import { appendEvents } from "./events.ts"
import { manifestStatements } from "./manifest-statements.ts"
import { operation } from "./operation.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"
import { purgeStatements } from "./purge.ts"
import { repositoryStatements } from "./repository-statements.ts"
import { noteRemoval, queueReview } from "./reviews.ts"
import type { Schema } from "./schema.ts"
import { takeTag } from "./tags.ts"

/** What one step did. */
export interface DeletionStep {
  isDone: boolean
  manifestCount: number
  tagCount: number
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
}

/** Rows that one transaction looks at: other writes wait for it some ten milliseconds. */
const STEP = 200

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
      .select(["repository", "part", "position", "at", "actor", "events"])
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
  async (connection, { repository, actor, events }: Target & Deletion, at): Promise<DeletionStep | undefined> => {
    if ((await connection.find(repositoryStatements.find, { name: repository })) === undefined) return undefined
    await connection.run(repositoryStatements.mark, { repository, at })
    await queueReview(connection, { kind: "repository", repository, digest: "" }, at)
    await noteRemoval(connection, { kind: "repository", repository, digest: "", actor, at, reason: "deleted" })
    const json = events === undefined ? null : JSON.stringify(events)
    return advance(connection, { repository, part: "manifests", position: "", at, actor, events: json })
  },
)

/** Goes on with what is unfinished of the repository. */
export const proceed = operation(
  "repositories.proceed",
  async (connection, { repository }: Target): Promise<DeletionStep> => {
    const unfinished = await connection.find(repositoryDeletionStatements.find, { repository })
    return unfinished === undefined ? { isDone: true, manifestCount: 0, tagCount: 0 } : advance(connection, unfinished)
  },
)

export const repositoryDeletionOperations = [deleteRepository, proceed]

/** What is small is begun and ended in one transaction, and leaves no row of its own. */
async function advance(connection: Connection, unfinished: Unfinished): Promise<DeletionStep> {
  const step: DeletionStep = { isDone: false, manifestCount: 0, tagCount: 0 }
  const { repository, events, at } = unfinished
  let { part, position } = unfinished
  for (let left = STEP; left > 0;) {
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
  const { repository, part, position, limit, at, actor } = page
  const rows = { repository, after: position as Digest, limit }
  switch (part) {
    case "manifests": {
      const manifests = await connection.list(purgeStatements.listManifests, rows)
      for (const { digest, deletedAt } of manifests) {
        if (deletedAt !== null) continue
        const key = { repository, digest }
        await connection.run(manifestStatements.mark, { ...key, at })
        await queueReview(connection, { kind: "manifest", ...key }, at)
        await noteRemoval(connection, { kind: "manifest", ...key, actor, at, reason: "deleted" })
        step.manifestCount++
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
      }
      return { looked: links.length, last: links.at(-1)?.digest ?? "" }
    }
  }
}
