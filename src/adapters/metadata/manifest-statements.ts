import type { Digest } from "../../domain/digest.ts"
import type { ReferenceKind } from "../../domain/manifest.ts"
import type { ManifestKey } from "../../ports/metadata/manifests.ts"
import type { TallyStep } from "../../ports/metadata/repositories.ts"
import { prepare, type Build } from "./prepared.ts"
import { selectReferring } from "./referring.ts"
import { referencesElsewhere } from "./repository-statements.ts"

interface ManifestRow extends ManifestKey {
  mediaType: string
  sizeBytes: number
  artifactType: string | null
  subject: Digest | null
  annotations: string | null
  actor: string
  at: number
}

interface ReferenceRow extends ManifestKey {
  manifest: Digest
  kind: ReferenceKind
  sizeBytes: number
}

export const manifestStatements = {
  find: prepare(({ db, p }: Build<ManifestKey>) =>
    db
      .selectFrom("manifest")
      .select(["digest", "media_type as mediaType", "size as sizeBytes"])
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where("deleted_at", "is", null),
  ),
  /** Deleted or not. */
  findRow: prepare(({ db, p }: Build<ManifestKey>) =>
    db
      .selectFrom("manifest")
      .select([
        "digest",
        "media_type as mediaType",
        "size as sizeBytes",
        "subject",
        "created_at as createdAt",
        "last_pulled_at as lastPulledAt",
        "deleted_at as deletedAt",
      ])
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest")),
  ),
  findBytes: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db.selectFrom("manifest_body").select("bytes").where("digest", "=", p("digest")),
  ),
  /** One that was deleted, and is here still, begins anew. */
  insert: prepare(({ db, p }: Build<ManifestRow>) =>
    db
      .insertInto("manifest")
      .values({
        repository: p("repository"),
        digest: p("digest"),
        media_type: p("mediaType"),
        size: p("sizeBytes"),
        artifact_type: p("artifactType"),
        subject: p("subject"),
        annotations: p("annotations"),
        created_at: p("at"),
        created_by: p("actor"),
        last_pulled_at: null,
        used_at: null,
        deleted_at: null,
      })
      .onConflict((conflict) =>
        conflict.columns(["repository", "digest"]).doUpdateSet((eb) => ({
          media_type: eb.ref("excluded.media_type"),
          artifact_type: eb.ref("excluded.artifact_type"),
          subject: eb.ref("excluded.subject"),
          annotations: eb.ref("excluded.annotations"),
          created_at: eb.ref("excluded.created_at"),
          created_by: eb.ref("excluded.created_by"),
          last_pulled_at: eb.ref("excluded.last_pulled_at"),
          used_at: eb.ref("excluded.used_at"),
          deleted_at: eb.ref("excluded.deleted_at"),
        })),
      ),
  ),
  insertBody: prepare(({ db, p }: Build<{ digest: Digest; bytes: Uint8Array }>) =>
    db
      .insertInto("manifest_body")
      .values({ digest: p("digest"), bytes: p("bytes") })
      .onConflict((conflict) => conflict.column("digest").doNothing()),
  ),
  insertReference: prepare(({ db, p }: Build<ReferenceRow>) =>
    db
      .insertInto("reference")
      .values({
        repository: p("repository"),
        manifest: p("manifest"),
        kind: p("kind"),
        digest: p("digest"),
        size: p("sizeBytes"),
      })
      .onConflict((conflict) => conflict.columns(["repository", "manifest", "kind", "digest"]).doNothing()),
  ),
  mark: prepare(({ db, p }: Build<ManifestKey & { at: number }>) =>
    db
      .updateTable("manifest")
      .set({ deleted_at: p("at") })
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where("deleted_at", "is", null),
  ),
  /** A blob that the manifest names as both is counted as its configuration. */
  tallyOwnBlobs: prepare(({ db, p }: Build<ManifestKey & TallyStep & { kind: ReferenceKind }>) =>
    db
      .selectFrom(
        db
          .selectFrom("reference")
          .select("digest")
          .where("repository", "=", p("repository"))
          .where("manifest", "=", p("digest"))
          .where("kind", "=", p("kind"))
          .where("digest", ">", p("after") as Digest)
          .orderBy("digest")
          .limit(p("limit"))
          .as("step"),
      )
      .leftJoin("blob", (join) =>
        join
          .onRef("blob.digest", "=", "step.digest")
          .on("blob.state", "=", "live")
          .on((eb) =>
            eb.not(
              eb.exists(
                eb
                  .selectFrom("reference as other")
                  .select("other.digest")
                  .where("other.repository", "=", p("repository"))
                  .whereRef("other.digest", "=", "blob.digest")
                  .where((or) => or.or([or("other.manifest", "!=", p("digest")), or("other.kind", "<", p("kind"))])),
              ),
            ),
          )
          .on((eb) => eb.not(eb.exists(referencesElsewhere(eb, p("repository"))))),
      )
      .select(({ fn }) => [
        fn.countAll<number>().as("seen"),
        fn.count<number>("blob.digest").as("count"),
        fn.sum<number | null>("blob.size").as("bytes"),
        fn.max<string | null>("step.digest").as("last"),
      ]),
  ),
  countChildren: prepare(({ db, p }: Build<ManifestKey>) =>
    db
      .selectFrom("reference")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("repository", "=", p("repository"))
      .where("manifest", "=", p("digest"))
      .where("kind", "=", "manifest"),
  ),
  listIndexes: prepare(({ db, p }: Build<ManifestKey & { limit: number }>) =>
    selectReferring(db)
      .select("reference.manifest as digest")
      .where("reference.repository", "=", p("repository"))
      .where("reference.digest", "=", p("digest"))
      .where("reference.kind", "=", "manifest")
      .orderBy("reference.manifest")
      .limit(p("limit")),
  ),
  touch: prepare(({ db, p }: Build<ManifestKey & { at: number }>) =>
    db
      .updateTable("manifest")
      .set({ last_pulled_at: p("at") })
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where("deleted_at", "is", null),
  ),
  markUsed: prepare(({ db, p }: Build<ManifestKey & { at: number }>) =>
    db
      .updateTable("manifest")
      .set({ used_at: p("at") })
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where("created_at", "<", p("at"))
      .where((eb) => eb.or([eb("used_at", "is", null), eb("used_at", "<", p("at"))])),
  ),
  markPulled: prepare(({ db, p }: Build<ManifestKey & { at: number; before: number }>) =>
    db
      .updateTable("manifest")
      .set({ last_pulled_at: p("at") })
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where("deleted_at", "is", null)
      .where((eb) => eb.or([eb("last_pulled_at", "is", null), eb("last_pulled_at", "<", p("before"))])),
  ),
}
