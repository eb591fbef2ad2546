import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { Kysely } from "kysely"
import { prepare, type Build } from "./prepared.ts"
import type { Schema } from "./schema.ts"

interface TagKey {
  repository: RepositoryName
  tag: Tag
}

interface ContentKey {
  repository: RepositoryName
  digest: Digest
}

interface Page {
  repository: RepositoryName
  before: number
  limit: number
}

export interface Deletion {
  repository: RepositoryName
  deletedAt: number
}

/** The tags that a deletion took. */
export function selectTaken(db: Kysely<Schema>, p: Build<Deletion>["p"]) {
  return db
    .selectFrom("tag_history as taken")
    .where("taken.at", "=", p("deletedAt"))
    .where("taken.repository", "=", p("repository"))
    .where("taken.digest", "is", null)
}

const listChanges = ({ db, p }: Build<Page>) =>
  db
    .selectFrom("tag_history as change")
    .leftJoin("manifest", (join) =>
      join.onRef("manifest.repository", "=", "change.repository").onRef("manifest.digest", "=", "change.digest"),
    )
    .select([
      "change.id",
      "change.tag",
      "change.previous as from",
      "change.digest as to",
      "change.at",
      "change.actor",
      "manifest.digest as found",
      "manifest.deleted_at as deletedAt",
    ])
    .where("change.repository", "=", p("repository"))
    .where("change.id", "<", p("before"))
    .orderBy("change.id", "desc")
    .limit(p("limit"))

export const historyStatements = {
  list: prepare((build: Build<Page>) => listChanges(build)),
  listOfTag: prepare((build: Build<Page & { tag: Tag }>) =>
    listChanges(build).where("change.tag", "=", build.p("tag")),
  ),
  findAt: prepare(({ db, p }: Build<TagKey & { at: number }>) =>
    db
      .selectFrom("tag_history")
      .select("digest")
      .where("repository", "=", p("repository"))
      .where("tag", "=", p("tag"))
      .where("at", "<=", p("at"))
      .orderBy("id", "desc")
      .limit(1),
  ),
  /** Of the tags that a deletion took, those that named the manifest. */
  listTaken: prepare(({ db, p }: Build<Deletion & { previous: Digest }>) =>
    selectTaken(db, p).select(["taken.tag", "taken.previous"]).where("taken.previous", "=", p("previous")),
  ),
  /** One that can be brought back, or need not. */
  findManifest: prepare(({ db, p }: Build<ContentKey>) =>
    db
      .selectFrom("manifest")
      .select(["digest", "media_type as mediaType", "size as sizeBytes", "deleted_at as deletedAt"])
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where((eb) => eb.or([eb("deleted_at", "is", null), eb("deleted_at", ">", eb.lit(0))])),
  ),
  unmarkManifest: prepare(({ db, p }: Build<ContentKey>) =>
    db
      .updateTable("manifest")
      .set({ deleted_at: null })
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where("deleted_at", "is not", null),
  ),
  unmarkLink: prepare(({ db, p }: Build<ContentKey & { at: number }>) =>
    db
      .updateTable("link")
      .set({ deleted_at: null, touched_at: p("at") })
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where((eb) => eb("deleted_at", ">", eb.lit(0))),
  ),
  findLastChange: prepare(({ db, p }: Build<{ repository: RepositoryName }>) =>
    db.selectFrom("tag_history").select("id").where("repository", "=", p("repository")).orderBy("id", "desc").limit(1),
  ),
  /** What tags were put since that change, whichever it was that they name. */
  listPut: prepare(({ db, p }: Build<{ repository: RepositoryName; after: number; limit: number }>) =>
    db
      .selectFrom("tag_history as change")
      .innerJoin("manifest", (join) =>
        join.onRef("manifest.repository", "=", "change.repository").onRef("manifest.digest", "=", "change.digest"),
      )
      .select([
        "change.id",
        "change.tag",
        "manifest.digest",
        "manifest.media_type as mediaType",
        "manifest.size as sizeBytes",
      ])
      .where("change.repository", "=", p("repository"))
      .where("change.id", ">", p("after"))
      .orderBy("change.id")
      .limit(p("limit")),
  ),
  /** When the repository was last deleted. */
  findDeletion: prepare(({ db, p }: Build<{ repository: RepositoryName }>) =>
    db
      .selectFrom("removal")
      .select("at")
      .where("digest", "=", "")
      .where("kind", "=", "repository")
      .where("repository", "=", p("repository"))
      .orderBy("id", "desc")
      .limit(1),
  ),
  /** Whether anything of it can be brought back yet. */
  findMarked: prepare(({ db, p }: Build<Deletion>) =>
    db
      .selectFrom("manifest")
      .select("digest")
      .where("repository", "=", p("repository"))
      .where("deleted_at", "=", p("deletedAt"))
      .limit(1),
  ),
  /** Whether it took any manifest, and where none can be brought back, whether one has come since. */
  findTakenManifest: prepare(({ db, p }: Build<Deletion>) =>
    db
      .selectFrom("removal")
      .select("digest")
      .where("at", "=", p("deletedAt"))
      .where("kind", "=", "manifest")
      .where("repository", "=", p("repository"))
      .limit(1),
  ),
  findPresent: prepare(({ db, p }: Build<{ repository: RepositoryName }>) =>
    db
      .selectFrom("manifest")
      .select("digest")
      .where("repository", "=", p("repository"))
      .where("deleted_at", "is", null)
      .limit(1),
  ),
  findMarkedLink: prepare(({ db, p }: Build<Deletion>) =>
    db
      .selectFrom("link")
      .select("digest")
      .where("repository", "=", p("repository"))
      .where("deleted_at", "=", p("deletedAt"))
      .limit(1),
  ),
}
