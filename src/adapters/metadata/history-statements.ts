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

interface Deletion {
  repository: RepositoryName
  deletedAt: number
}

/** What the tags named that the deletion took, where that can be named again. */
function selectTaken(db: Kysely<Schema>, p: Build<Deletion>["p"]) {
  return db
    .selectFrom("tag_history as taken")
    .innerJoin("manifest", (join) =>
      join.onRef("manifest.repository", "=", "taken.repository").onRef("manifest.digest", "=", "taken.previous"),
    )
    .where("taken.at", "=", p("deletedAt"))
    .where("taken.repository", "=", p("repository"))
    .where("taken.digest", "is", null)
    .where((eb) => eb.or([eb("manifest.deleted_at", "is", null), eb("manifest.deleted_at", "=", p("deletedAt"))]))
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
  /** The tags that a deletion took, and what they named. */
  listTaken: prepare(({ db, p }: Build<{ repository: RepositoryName; at: number }>) =>
    db
      .selectFrom("tag_history")
      .select(["tag", "previous"])
      .where("at", "=", p("at"))
      .where("repository", "=", p("repository"))
      .where("digest", "is", null)
      .where("previous", "is not", null),
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
  /** Of what the deletion took, the manifests that no tag names now. */
  listUntagged: prepare(({ db, p }: Build<Deletion & { after: Digest; limit: number }>) =>
    db
      .selectFrom("manifest")
      .select(["digest", "media_type as mediaType", "size as sizeBytes"])
      .where("repository", "=", p("repository"))
      .where("digest", ">", p("after"))
      .where("deleted_at", "=", p("deletedAt"))
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom("tag")
              .select("tag.name")
              .whereRef("tag.repository", "=", "manifest.repository")
              .whereRef("tag.digest", "=", "manifest.digest"),
          ),
        ),
      )
      .orderBy("digest")
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
  findMarkedLink: prepare(({ db, p }: Build<Deletion>) =>
    db
      .selectFrom("link")
      .select("digest")
      .where("repository", "=", p("repository"))
      .where("deleted_at", "=", p("deletedAt"))
      .limit(1),
  ),
  unmarkManifests: prepare(({ db, p }: Build<Deletion>) =>
    db
      .updateTable("manifest")
      .set({ deleted_at: null })
      .where("repository", "=", p("repository"))
      .where("deleted_at", "=", p("deletedAt")),
  ),
  queueUntagged: prepare(({ db, p, sql }: Build<Deletion & { at: number }>) =>
    db
      .insertInto("review")
      .columns(["kind", "repository", "digest", "since"])
      .expression(
        db
          .selectFrom("manifest")
          .select((eb) => [
            eb.val("untagged" as const).as("kind"),
            "repository",
            "digest",
            sql<number>`${p("at")}`.as("since"),
          ])
          .where("repository", "=", p("repository"))
          .where("deleted_at", "=", p("deletedAt")),
      )
      .onConflict((conflict) =>
        conflict.columns(["kind", "repository", "digest"]).doUpdateSet((eb) => ({ since: eb.ref("excluded.since") })),
      ),
  ),
  /** Of the tags that the deletion took, those that were pushed again since. */
  listKept: prepare(({ db, p }: Build<Deletion & { limit: number }>) =>
    db
      .selectFrom("tag_history as taken")
      .innerJoin("tag", (join) =>
        join.onRef("tag.repository", "=", "taken.repository").onRef("tag.name", "=", "taken.tag"),
      )
      .select("tag.name")
      .where("taken.at", "=", p("deletedAt"))
      .where("taken.repository", "=", p("repository"))
      .where("taken.digest", "is", null)
      .limit(p("limit")),
  ),
  putTaken: prepare(({ db, p, sql }: Build<Deletion & { actor: string; at: number }>) =>
    db
      .insertInto("tag")
      .columns(["repository", "name", "digest", "media_type", "size", "created_by", "updated_at"])
      .expression(
        selectTaken(db, p).select([
          "taken.repository",
          "taken.tag as name",
          "manifest.digest",
          "manifest.media_type",
          "manifest.size",
          sql<string>`${p("actor")}`.as("created_by"),
          sql<number>`${p("at")}`.as("updated_at"),
        ]),
      )
      .onConflict((conflict) => conflict.columns(["repository", "name"]).doNothing()),
  ),
  noteTaken: prepare(({ db, p, sql }: Build<Deletion & { actor: string; at: number }>) =>
    db
      .insertInto("tag_history")
      .columns(["repository", "tag", "digest", "previous", "at", "actor"])
      .expression(
        selectTaken(db, p)
          .select((eb) => [
            "taken.repository",
            "taken.tag",
            "manifest.digest",
            eb.lit(null).as("previous"),
            sql<number>`${p("at")}`.as("at"),
            sql<string>`${p("actor")}`.as("actor"),
          ])
          .where((eb) =>
            eb.not(
              eb.exists(
                eb
                  .selectFrom("tag")
                  .select("tag.name")
                  .whereRef("tag.repository", "=", "taken.repository")
                  .whereRef("tag.name", "=", "taken.tag"),
              ),
            ),
          ),
      ),
  ),
  unmarkLinks: prepare(({ db, p }: Build<Deletion & { at: number }>) =>
    db
      .updateTable("link")
      .set({ deleted_at: null, touched_at: p("at") })
      .where("repository", "=", p("repository"))
      .where("deleted_at", "=", p("deletedAt")),
  ),
}
