import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobRecord } from "../../ports/metadata/blobs.ts"
import { prepare, type Build } from "./prepared.ts"
import type { BlobState } from "./schema.ts"

export interface LinkKey {
  repository: RepositoryName
  digest: Digest
}

interface BlobPut extends BlobRecord {
  state: BlobState
  at: number
  verifiedAt: number | null
  condemnedAt: number | null
}

export const blobStatements = {
  find: prepare(({ db, p }: Build<LinkKey>) =>
    db
      .selectFrom("link")
      .innerJoin("blob", "blob.digest", "link.digest")
      .select(["blob.digest", "blob.generation", "blob.size as sizeBytes", "link.touched_at as touchedAt"])
      .where("link.repository", "=", p("repository"))
      .where("link.digest", "=", p("digest"))
      .where("link.deleted_at", "is", null)
      .where("blob.state", "=", "live"),
  ),
  /** What a manifest may refer to: at most one live copy, and condemned ones. */
  listLinked: prepare(({ db, p }: Build<LinkKey>) =>
    db
      .selectFrom("link")
      .innerJoin("blob", "blob.digest", "link.digest")
      .select(["blob.generation", "blob.state"])
      .where("link.repository", "=", p("repository"))
      .where("link.digest", "=", p("digest"))
      .where("link.deleted_at", "is", null)
      .where("blob.state", "!=", "deleting"),
  ),
  listGenerations: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db
      .selectFrom("blob")
      .select(["generation", "state", "verified_at as verifiedAt"])
      .where("digest", "=", p("digest"))
      .orderBy("generation", "desc"),
  ),
  listOrphans: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db
      .selectFrom("orphan")
      .select("generation")
      .where("digest", "=", p("digest"))
      .orderBy("generation", "desc")
      .limit(1),
  ),
  /** `verifiedAt`: when its bytes were compared with the digest; epoch ms. */
  put: prepare(({ db, p }: Build<BlobPut>) =>
    db
      .insertInto("blob")
      .values({
        digest: p("digest"),
        generation: p("generation"),
        size: p("sizeBytes"),
        state: p("state"),
        touched_at: p("at"),
        created_at: p("at"),
        verified_at: p("verifiedAt"),
        condemned_at: p("condemnedAt"),
      })
      .onConflict((conflict) =>
        conflict.columns(["digest", "generation"]).doUpdateSet((eb) => ({
          size: eb.ref("excluded.size"),
          state: eb.ref("excluded.state"),
          touched_at: eb.ref("excluded.touched_at"),
          verified_at: eb.ref("excluded.verified_at"),
          condemned_at: eb.ref("excluded.condemned_at"),
        })),
      ),
  ),
  /** The copy that distribution wrote: nobody has read its bytes yet. */
  adopt: prepare(({ db, p }: Build<{ digest: Digest; sizeBytes: number; at: number }>) =>
    db.insertInto("blob").values({
      digest: p("digest"),
      generation: 0,
      size: p("sizeBytes"),
      state: "live",
      touched_at: p("at"),
      created_at: p("at"),
      verified_at: null,
      condemned_at: null,
    }),
  ),
  /** Gives a copy whose bytes are wrong the size that it should have: from then on it counts as damaged. */
  doubt: prepare(({ db, p }: Build<{ digest: Digest; sizeBytes: number }>) =>
    db
      .updateTable("blob")
      .set({ size: p("sizeBytes") })
      .where("digest", "=", p("digest"))
      .where("generation", "=", 0)
      .where("verified_at", "is", null),
  ),
  revive: prepare(({ db, p }: Build<{ digest: Digest; generation: number; at: number }>) =>
    db
      .updateTable("blob")
      .set({ state: "live", touched_at: p("at"), condemned_at: null })
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation")),
  ),
  link: prepare(({ db, p }: Build<LinkKey & { at: number }>) =>
    db
      .insertInto("link")
      .values({ repository: p("repository"), digest: p("digest"), touched_at: p("at"), deleted_at: null })
      .onConflict((conflict) =>
        conflict.columns(["repository", "digest"]).doUpdateSet((eb) => ({
          touched_at: eb.ref("excluded.touched_at"),
          deleted_at: eb.ref("excluded.deleted_at"),
        })),
      ),
  ),
  touch: prepare(({ db, p }: Build<LinkKey & { at: number }>) =>
    db
      .updateTable("link")
      .set({ touched_at: p("at") })
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where("deleted_at", "is", null),
  ),
  unlink: prepare(({ db, p }: Build<LinkKey & { at: number }>) =>
    db
      .updateTable("link")
      .set({ deleted_at: p("at") })
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where("deleted_at", "is", null),
  ),
  listRepositories: prepare(({ db, p }: Build<{ digest: Digest; after: string; limit: number }>) =>
    db
      .selectFrom("link")
      .select("repository")
      .where("digest", "=", p("digest"))
      .where("repository", ">", p("after") as RepositoryName)
      .where("deleted_at", "is", null)
      .orderBy("repository")
      .limit(p("limit")),
  ),
}
