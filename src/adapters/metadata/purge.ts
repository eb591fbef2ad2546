import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { PurgeStep, PurgeTally } from "../../ports/metadata/history.ts"
import { operation } from "./operation.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"
import { noteRemoval, queueReview } from "./reviews.ts"

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

export const purgeManifest = operation(
  "history.purgeManifest",
  async (connection, { actor, ...content }: Content & { actor: string }, at): Promise<boolean> => {
    if (!(await endUndo(connection, content))) return false
    await noteRemoval(connection, { kind: "manifest", ...content, actor, reason: "purged", at })
    return true
  },
)

export const purgeRepository = operation(
  "history.purgeRepository",
  async (
    connection,
    { repository, position = "manifests ", limit, actor }: { repository: RepositoryName } & PurgeStep,
    at,
  ): Promise<PurgeTally> => {
    const [part, after = ""] = position.split(" ")
    const page = { repository, after: after as Digest, limit }
    if (part === "links") return purgeLinks(connection, page)
    if (after === "") {
      // It is also the last deletion from here on: there is none that could be undone.
      await noteRemoval(connection, { kind: "repository", repository, digest: "", actor, reason: "purged", at })
      await queueReview(connection, { kind: "repository", repository, digest: "" }, 0)
    }
    const rows = await connection.list(purgeStatements.listManifests, page)
    let manifests = 0
    for (const { digest } of rows) if (await endUndo(connection, { repository, digest })) manifests++
    const last = rows.at(-1)
    return { manifests, next: rows.length === limit && last ? `manifests ${last.digest}` : "links " }
  },
)

async function purgeLinks(connection: Connection, page: Page): Promise<PurgeTally> {
  const { repository, limit } = page
  const rows = await connection.list(purgeStatements.listLinks, page)
  for (const { digest } of rows) {
    if ((await connection.run(purgeStatements.purgeLink, { repository, digest })) === 0) continue
    await queueReview(connection, { kind: "link", repository, digest }, 0)
  }
  const last = rows.at(-1)
  return { manifests: 0, ...(rows.length === limit && last && { next: `links ${last.digest}` }) }
}

async function endUndo(connection: Connection, content: Content): Promise<boolean> {
  if ((await connection.run(purgeStatements.purgeManifest, content)) === 0) return false
  await queueReview(connection, { kind: "manifest", ...content }, 0)
  return true
}
