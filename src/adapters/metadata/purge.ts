import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"
import { noteRemoval, queueReview } from "./reviews.ts"
import type { Change } from "./tags.ts"

interface Content {
  repository: RepositoryName
  digest: Digest
}

interface Page {
  repository: RepositoryName
  after: Digest
  limit: number
}

/** A mark below zero is one that undo passes over, and older than whatever the collector keeps for undo. */
export const purgeStatements = {
  purgeManifest: prepare(({ db, p }: Build<Content>) =>
    db
      .updateTable("manifest")
      .set((eb) => ({ deleted_at: eb.neg(eb.ref("deleted_at")) }))
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where((eb) => eb("deleted_at", ">", eb.lit(0))),
  ),
  purgeLink: prepare(({ db, p }: Build<Content>) =>
    db
      .updateTable("link")
      .set((eb) => ({ deleted_at: eb.neg(eb.ref("deleted_at")) }))
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where((eb) => eb("deleted_at", ">", eb.lit(0))),
  ),
  /** Deleted or not: a page costs what it has rows. */
  listManifests: prepare(({ db, p }: Build<Page>) =>
    db
      .selectFrom("manifest")
      .select(["digest", "deleted_at as deletedAt"])
      .where("repository", "=", p("repository"))
      .where("digest", ">", p("after"))
      .orderBy("digest")
      .limit(p("limit")),
  ),
  listLinks: prepare(({ db, p }: Build<Page>) =>
    db
      .selectFrom("link")
      .select(["digest", "deleted_at as deletedAt"])
      .where("repository", "=", p("repository"))
      .where("digest", ">", p("after"))
      .orderBy("digest")
      .limit(p("limit")),
  ),
}

/** `false`: it is not deleted, or was purged before. */
export async function purgeManifest(connection: Connection, content: Content, change: Change): Promise<boolean> {
  if (!(await endUndo(connection, content))) return false
  await noteRemoval(connection, { kind: "manifest", ...content, ...change, reason: "purged" })
  return true
}

/** As `purgeManifest`, without a note of its own. */
export async function endUndo(connection: Connection, content: Content): Promise<boolean> {
  if ((await connection.run(purgeStatements.purgeManifest, content)) === 0) return false
  await queueReview(connection, { kind: "manifest", ...content }, 0)
  return true
}

export async function endUndoOfLink(connection: Connection, content: Content): Promise<void> {
  if ((await connection.run(purgeStatements.purgeLink, content)) === 0) return
  await queueReview(connection, { kind: "link", ...content }, 0)
}
