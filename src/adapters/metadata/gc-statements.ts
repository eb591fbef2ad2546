import type { Digest } from "../../domain/digest.ts"
import type { ReferenceKind } from "../../domain/manifest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobKey } from "../../ports/blob-store.ts"
import type { RemovalKind, RemovalReason, ReviewKind } from "../../ports/metadata/gc.ts"
import { prepare, type Build } from "./prepared.ts"
import type { BlobState } from "./schema.ts"

export interface ReviewKey {
  kind: ReviewKind
  repository: RepositoryName | ""
  digest: Digest | ""
}

export interface RemovalRow {
  kind: RemovalKind
  repository: RepositoryName | ""
  digest: Digest | ""
  actor: string
  reason: RemovalReason
  at: number
}

interface ContentKey {
  repository: RepositoryName
  digest: Digest
}

interface NamedBy {
  repository: RepositoryName
  manifest: Digest
}

export const gcStatements = {
  queue: prepare(({ db, p }: Build<ReviewKey & { since: number }>) =>
    db
      .insertInto("review")
      .values({
        kind: p("kind"),
        repository: p("repository"),
        digest: p("digest"),
        since: p("since"),
        position: "",
      })
      .onConflict((conflict) =>
        conflict.columns(["kind", "repository", "digest"]).doUpdateSet((eb) => ({
          since: eb.ref("excluded.since"),
          position: eb.ref("excluded.position"),
        })),
      ),
  ),
  findReview: prepare(({ db, p }: Build<ReviewKey>) =>
    db
      .selectFrom("review")
      .select("since")
      .where("kind", "=", p("kind"))
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest")),
  ),
  setPosition: prepare(({ db, p }: Build<ReviewKey & { position: Digest }>) =>
    db
      .updateTable("review")
      .set({ position: p("position") })
      .where("kind", "=", p("kind"))
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest")),
  ),
  unqueue: prepare(({ db, p }: Build<ReviewKey>) =>
    db
      .deleteFrom("review")
      .where("kind", "=", p("kind"))
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest")),
  ),
  listDue: prepare(({ db, p }: Build<{ kind: ReviewKind; before: number; limit: number }>) =>
    db
      .selectFrom("review")
      .select(["repository", "digest", "since", "position"])
      .where("kind", "=", p("kind"))
      .where("since", "<=", p("before"))
      .orderBy("since")
      .limit(p("limit")),
  ),
  noteRemoval: prepare(({ db, p }: Build<RemovalRow>) =>
    db.insertInto("removal").values({
      kind: p("kind"),
      repository: p("repository"),
      digest: p("digest"),
      actor: p("actor"),
      reason: p("reason"),
      at: p("at"),
    }),
  ),
  findRepository: prepare(({ db, p }: Build<{ repository: RepositoryName }>) =>
    db.selectFrom("repository").select("deleted_at as deletedAt").where("name", "=", p("repository")),
  ),
  findLink: prepare(({ db, p }: Build<ContentKey>) =>
    db
      .selectFrom("link")
      .select(["touched_at as touchedAt", "deleted_at as deletedAt"])
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest")),
  ),
  /** Of any manifest that has a row, deleted or not, but for those that only name it as their subject. */
  findReference: prepare(({ db, p }: Build<ContentKey>) =>
    db
      .selectFrom("reference")
      .select("manifest")
      .where("digest", "=", p("digest"))
      .where("repository", "=", p("repository"))
      .where("kind", "!=", "subject")
      .limit(1),
  ),
  listReferences: prepare(({ db, p }: Build<NamedBy>) =>
    db
      .selectFrom("reference")
      .select(["kind", "digest"])
      .where("repository", "=", p("repository"))
      .where("manifest", "=", p("manifest")),
  ),
  listSomeReferences: prepare(({ db, p }: Build<NamedBy & { limit: number }>) =>
    db
      .selectFrom("reference")
      .select(["kind", "digest"])
      .where("repository", "=", p("repository"))
      .where("manifest", "=", p("manifest"))
      .limit(p("limit")),
  ),
  /** What names it as its subject, deleted or not. */
  listReferrers: prepare(
    ({ db, p }: Build<{ repository: RepositoryName; subject: Digest; after: Digest | ""; limit: number }>) =>
      db
        .selectFrom("manifest")
        .select("digest")
        .where("repository", "=", p("repository"))
        .where("subject", "=", p("subject"))
        .where("digest", ">", p("after") as Digest)
        .orderBy("digest")
        .limit(p("limit")),
  ),
  deleteManifest: prepare(({ db, p }: Build<ContentKey>) =>
    db.deleteFrom("manifest").where("repository", "=", p("repository")).where("digest", "=", p("digest")),
  ),
  deleteReference: prepare(({ db, p }: Build<NamedBy & { kind: ReferenceKind; digest: Digest }>) =>
    db
      .deleteFrom("reference")
      .where("repository", "=", p("repository"))
      .where("manifest", "=", p("manifest"))
      .where("kind", "=", p("kind"))
      .where("digest", "=", p("digest")),
  ),
  deleteUnusedBody: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db
      .deleteFrom("manifest_body")
      .where("digest", "=", p("digest"))
      .where((eb) => eb.not(eb.exists(eb.selectFrom("manifest").select("digest").where("digest", "=", p("digest"))))),
  ),
  deleteLink: prepare(({ db, p }: Build<ContentKey>) =>
    db.deleteFrom("link").where("repository", "=", p("repository")).where("digest", "=", p("digest")),
  ),
  /** A repository that is deleted, and of which nothing is left. */
  deleteEmptyRepository: prepare(({ db, p }: Build<{ repository: RepositoryName }>) =>
    db
      .deleteFrom("repository")
      .where("name", "=", p("repository"))
      .where("deleted_at", "is not", null)
      .where((eb) =>
        eb.not(eb.exists(eb.selectFrom("manifest").select("digest").where("repository", "=", p("repository")))),
      )
      .where((eb) =>
        eb.not(eb.exists(eb.selectFrom("link").select("digest").where("repository", "=", p("repository")))),
      ),
  ),
  listCopies: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db
      .selectFrom("blob")
      .select(["generation", "size as sizeBytes", "state", "touched_at as touchedAt"])
      .where("digest", "=", p("digest")),
  ),
  anyLink: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db.selectFrom("link").select("repository").where("digest", "=", p("digest")).limit(1),
  ),
  anyReference: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db.selectFrom("reference").select("manifest").where("digest", "=", p("digest")).limit(1),
  ),
  anyManifest: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db.selectFrom("manifest").select("repository").where("digest", "=", p("digest")).limit(1),
  ),
  anyBase: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db.selectFrom("adopted").select("repository").where("digest", "=", p("digest")).limit(1),
  ),
  /** Distribution keeps a manifest's bytes as it keeps a blob's. */
  anyManifestBase: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db
      .selectFrom("adopted")
      .select("repository")
      .where("digest", "=", p("digest"))
      .where("kind", "=", "manifest")
      .limit(1),
  ),
  /** The blob was last spoken of when the link that goes was. */
  touchBlob: prepare(({ db, p }: Build<{ digest: Digest; at: number }>) =>
    db
      .updateTable("blob")
      .set({ touched_at: p("at") })
      .where("digest", "=", p("digest"))
      .where("touched_at", "<", p("at")),
  ),
  condemn: prepare(({ db, p }: Build<BlobKey & { at: number }>) =>
    db
      .updateTable("blob")
      .set({ state: "condemned", condemned_at: p("at") })
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation"))
      .where("state", "=", "live"),
  ),
  listCondemned: prepare(({ db, p }: Build<{ before: number; limit: number }>) =>
    db
      .selectFrom("blob")
      .select(["digest", "generation", "size as sizeBytes", "condemned_at as condemnedAt"])
      .where("state", "=", "condemned")
      .where("condemned_at", "<=", p("before"))
      .orderBy("condemned_at")
      .limit(p("limit")),
  ),
  listGivenUp: prepare(({ db, p }: Build<{ limit: number }>) =>
    db
      .selectFrom("blob")
      .select(["digest", "generation", "size as sizeBytes"])
      .where("state", "=", "deleting")
      .where("condemned_at", ">", 0)
      .limit(p("limit")),
  ),
  setState: prepare(({ db, p }: Build<BlobKey & { state: BlobState; condemnedAt: number | null }>) =>
    db
      .updateTable("blob")
      .set({ state: p("state"), condemned_at: p("condemnedAt") })
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation")),
  ),
  /** A copy that was found damaged. A later copy may have the same generation: it is younger than what was found. */
  findSetAside: prepare(({ db, p }: Build<BlobKey>) =>
    db
      .selectFrom("damage")
      .innerJoin("blob", (join) =>
        join.onRef("blob.digest", "=", "damage.digest").onRef("blob.generation", "=", "damage.generation"),
      )
      .select("damage.id")
      .where("damage.kind", "=", "blob")
      .where("damage.digest", "=", p("digest"))
      .where("damage.generation", "=", p("generation"))
      .where("damage.is_condemned", "=", 1)
      .whereRef("damage.found_at", ">=", "blob.created_at"),
  ),
  forget: prepare(({ db, p }: Build<BlobKey>) =>
    db
      .deleteFrom("blob")
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation"))
      .where("state", "=", "deleting"),
  ),
}
