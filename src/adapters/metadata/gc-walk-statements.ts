import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobKey } from "../../ports/blob-store.ts"
import type { GcWalkName } from "../../ports/metadata/gc.ts"
import { prepare, type Build } from "./prepared.ts"

/** Rows of a table that is ordered by repository and digest. */
export interface WalkStep {
  repository: RepositoryName
  after: Digest
  limit: number
}

export const gcWalkStatements = {
  find: prepare(({ db, p }: Build<{ name: GcWalkName }>) =>
    db
      .selectFrom("gc_walk")
      .select(["position", "started_at as startedAt", "ended_at as endedAt"])
      .where("name", "=", p("name")),
  ),
  put: prepare(({ db, p }: Build<{ name: GcWalkName; position: string; startedAt: number; endedAt: number | null }>) =>
    db
      .insertInto("gc_walk")
      .values({ name: p("name"), position: p("position"), started_at: p("startedAt"), ended_at: p("endedAt") })
      .onConflict((conflict) =>
        conflict.column("name").doUpdateSet((eb) => ({
          position: eb.ref("excluded.position"),
          started_at: eb.ref("excluded.started_at"),
          ended_at: eb.ref("excluded.ended_at"),
        })),
      ),
  ),
  noteRestored: prepare(({ db, p }: Build<{ at: number }>) =>
    db
      .insertInto("restoration")
      .values((eb) => ({ id: eb.lit(1), at: p("at") }))
      .onConflict((conflict) => conflict.column("id").doUpdateSet((eb) => ({ at: eb.ref("excluded.at") }))),
  ),
  findRestored: prepare(({ db }: Build<object>) =>
    db
      .selectFrom("restoration")
      .select("at")
      .where((eb) => eb("id", "=", eb.lit(1))),
  ),
  /** Deleted or not: the walk goes through what is there. */
  nextRepository: prepare(({ db, p }: Build<{ after: RepositoryName }>) =>
    db.selectFrom("repository").select("name").where("name", ">", p("after")).orderBy("name").limit(1),
  ),
  listLinks: prepare(({ db, p }: Build<WalkStep>) =>
    db
      .selectFrom("link")
      .select((eb) => [
        "digest",
        "touched_at as touchedAt",
        "deleted_at as deletedAt",
        eb
          .selectFrom("reference")
          .select("reference.manifest")
          .whereRef("reference.digest", "=", "link.digest")
          .whereRef("reference.repository", "=", "link.repository")
          .limit(1)
          .as("user"),
      ])
      .where("repository", "=", p("repository"))
      .where("digest", ">", p("after"))
      .orderBy("digest")
      .limit(p("limit")),
  ),
  listManifests: prepare(({ db, p }: Build<WalkStep>) =>
    db
      .selectFrom("manifest")
      .select((eb) => [
        "digest",
        "created_at as createdAt",
        "last_pulled_at as lastPulledAt",
        "used_at as usedAt",
        "deleted_at as deletedAt",
        eb
          .selectFrom("tag")
          .select("tag.name")
          .whereRef("tag.repository", "=", "manifest.repository")
          .whereRef("tag.digest", "=", "manifest.digest")
          .limit(1)
          .as("user"),
      ])
      .where("repository", "=", p("repository"))
      .where("digest", ">", p("after"))
      .orderBy("digest")
      .limit(p("limit")),
  ),
  /** Manifests, there or gone, whose references are. */
  listReferring: prepare(({ db, p }: Build<WalkStep>) =>
    db
      .selectFrom("reference")
      .select("manifest as digest")
      .distinct()
      .where("repository", "=", p("repository"))
      .where("manifest", ">", p("after"))
      .orderBy("manifest")
      .limit(p("limit")),
  ),
  listBlobs: prepare(({ db, p }: Build<Omit<WalkStep, "repository">>) =>
    db
      .selectFrom("blob")
      .select((eb) => [
        "digest",
        "touched_at as touchedAt",
        eb.selectFrom("link").select("link.repository").whereRef("link.digest", "=", "blob.digest").limit(1).as("user"),
      ])
      .where("digest", ">", p("after"))
      .where("state", "=", "live")
      .orderBy("digest")
      .limit(p("limit")),
  ),
  findCopy: prepare(({ db, p }: Build<BlobKey>) =>
    db.selectFrom("blob").select("state").where("digest", "=", p("digest")).where("generation", "=", p("generation")),
  ),
  giveUpOrphan: prepare(({ db, p }: Build<BlobKey & { sizeBytes: number; at: number }>) =>
    db.insertInto("blob").values({
      digest: p("digest"),
      generation: p("generation"),
      size: p("sizeBytes"),
      state: "deleting",
      touched_at: p("at"),
      created_at: p("at"),
      verified_at: null,
      condemned_at: p("at"),
    }),
  ),
  findOrphan: prepare(({ db, p }: Build<BlobKey>) =>
    db
      .selectFrom("orphan")
      .select("seen_at as seenAt")
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation")),
  ),
  putOrphan: prepare(({ db, p }: Build<BlobKey & { at: number }>) =>
    db.insertInto("orphan").values({ digest: p("digest"), generation: p("generation"), seen_at: p("at") }),
  ),
  deleteOrphan: prepare(({ db, p }: Build<BlobKey>) =>
    db.deleteFrom("orphan").where("digest", "=", p("digest")).where("generation", "=", p("generation")),
  ),
}
