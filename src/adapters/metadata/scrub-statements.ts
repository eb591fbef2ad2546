import type { Digest } from "../../domain/digest.ts"
import type { BlobKey } from "../../ports/blob-store.ts"
import type { DamageReason, ScrubbedBlob } from "../../ports/metadata/scrub.ts"
import { prepare, type Build, type Tools } from "./prepared.ts"
import type { BlobState, Schema } from "./schema.ts"

type DamageRow = Pick<Schema["damage"], "kind" | "digest" | "generation" | "is_condemned" | "content"> & {
  reason: DamageReason
  at: number
}

/** Copies that are served, or that a manifest may bring back. */
const KEPT: BlobState[] = ["live", "condemned"]

export const scrubStatements = {
  find: prepare(({ db }: Build<object>) => db.selectFrom("scrub").selectAll().where("id", "=", 1)),
  setOpen: prepare(({ db, p }: Build<{ isOpen: number }>) =>
    db
      .updateTable("scrub")
      .set({ is_open: p("isOpen") })
      .where("id", "=", 1),
  ),
  putPass: prepare(({ db, p }: Build<Omit<Schema["scrub"], "id" | "is_open">>) =>
    db
      .updateTable("scrub")
      .set({
        started_at: p("started_at"),
        ended_at: p("ended_at"),
        position: p("position"),
        objects: p("objects"),
        bytes: p("bytes"),
        damaged: p("damaged"),
      })
      .where("id", "=", 1),
  ),
  listBlobs: prepare(({ p, ...tools }: Build<BlobKey & { limit: number }>) =>
    selectBlobs(tools)
      .where(tools.sql<boolean>`(digest, generation) > (${p("digest")}, ${p("generation")})`)
      .where("state", "in", KEPT)
      .orderBy("digest")
      .orderBy("generation")
      .limit(p("limit")),
  ),
  latest: prepare(({ db }: Build<object>) =>
    db.selectFrom("blob").select(({ fn }) => fn.max<number | null>("verified_at").as("at")),
  ),
  listLatest: prepare(({ p, ...tools }: Build<{ since: number; limit: number }>) =>
    selectBlobs(tools)
      .where("verified_at", ">=", p("since"))
      .where("state", "in", KEPT)
      .orderBy("verified_at", "desc")
      .limit(p("limit")),
  ),
  findBlob: prepare(({ p, ...tools }: Build<BlobKey>) =>
    selectBlobs(tools)
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation"))
      .where("state", "in", KEPT),
  ),
  listGenerations: prepare(({ p, ...tools }: Build<{ digest: Digest }>) =>
    selectBlobs(tools).where("digest", "=", p("digest")).where("state", "in", KEPT).orderBy("generation"),
  ),
  verify: prepare(({ db, p }: Build<ScrubbedBlob & { at: number }>) =>
    db
      .updateTable("blob")
      .set({ verified_at: p("at") })
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation"))
      .where("verified_at", "is not distinct from", p("verifiedAt")),
  ),
  correctSize: prepare(({ db, p }: Build<ScrubbedBlob & { correct: number; at: number }>) =>
    db
      .updateTable("blob")
      .set({ size: p("correct"), verified_at: p("at") })
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation"))
      .where("verified_at", "is not distinct from", p("verifiedAt")),
  ),
  /** Without a time of it: the collector leaves it alone until the bytes are moved aside. */
  condemn: prepare(({ db, p }: Build<ScrubbedBlob>) =>
    db
      .updateTable("blob")
      .set({ state: "deleting", condemned_at: null })
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation"))
      .where("state", "in", KEPT)
      .where("verified_at", "is not distinct from", p("verifiedAt")),
  ),
  hasLive: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db.selectFrom("blob").select("generation").where("digest", "=", p("digest")).where("state", "=", "live"),
  ),
  setState: prepare(({ db, p }: Build<BlobKey & { state: BlobState; condemnedAt: number | null }>) =>
    db
      .updateTable("blob")
      .set({ state: p("state"), condemned_at: p("condemnedAt") })
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation"))
      .where("state", "=", "deleting"),
  ),
  insertDamage: prepare(({ db, p }: Build<DamageRow>) =>
    db
      .insertInto("damage")
      .values({
        kind: p("kind"),
        digest: p("digest"),
        generation: p("generation"),
        reason: p("reason"),
        found_at: p("at"),
        is_condemned: p("is_condemned"),
        moved_to: null,
        content: p("content"),
      })
      .onConflict((conflict) =>
        conflict.columns(["kind", "digest", "generation"]).doUpdateSet((eb) => ({
          reason: eb.ref("excluded.reason"),
          found_at: eb.ref("excluded.found_at"),
          is_condemned: eb.ref("excluded.is_condemned"),
          moved_to: null,
          content: eb.ref("excluded.content"),
        })),
      ),
  ),
  findDamage: prepare(({ db, p }: Build<BlobKey>) =>
    db
      .selectFrom("damage")
      .select(["reason", "found_at as foundAt"])
      .where("kind", "=", "blob")
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation")),
  ),
  deleteDamage: prepare(({ db, p }: Build<BlobKey>) =>
    db
      .deleteFrom("damage")
      .where("kind", "=", "blob")
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation")),
  ),
  putMoved: prepare(({ db, p }: Build<BlobKey & { movedTo: string }>) =>
    db
      .updateTable("damage")
      .set({ moved_to: p("movedTo") })
      .where("kind", "=", "blob")
      .where("digest", "=", p("digest"))
      .where("generation", "=", p("generation")),
  ),
  listUnmoved: prepare(({ db, p }: Build<{ limit: number }>) =>
    db
      .selectFrom("damage")
      .select(["digest", "generation"])
      .where("is_condemned", "=", 1)
      .where("moved_to", "is", null)
      .where("kind", "=", "blob")
      .orderBy("id")
      .limit(p("limit")),
  ),
  listDamage: prepare(({ p, ...tools }: Build<{ after: number; limit: number }>) =>
    selectDamage(tools).where("damage.id", ">", p("after")).orderBy("damage.id").limit(p("limit")),
  ),
  listDamageOf: prepare(({ p, ...tools }: Build<{ digest: Digest; limit: number }>) =>
    selectDamage(tools)
      .where("damage.kind", "=", "blob")
      .where("damage.digest", "=", p("digest"))
      .orderBy("damage.generation")
      .limit(p("limit")),
  ),
  forget: prepare(({ db, p }: Build<{ id: number }>) => db.deleteFrom("damage").where("id", "=", p("id"))),
  listManifests: prepare(({ db, p }: Build<{ after: string; limit: number }>) =>
    db
      .selectFrom("manifest_body")
      .select("digest")
      .where("digest", ">", p("after") as Digest)
      .orderBy("digest")
      .limit(p("limit")),
  ),
  deleteBody: prepare(({ db, p }: Build<{ digest: Digest; bytes: Uint8Array }>) =>
    db.deleteFrom("manifest_body").where("digest", "=", p("digest")).where("bytes", "=", p("bytes")),
  ),
}

function selectBlobs({ db }: Tools) {
  return db.selectFrom("blob").select(["digest", "generation", "size as sizeBytes", "verified_at as verifiedAt"])
}

function selectDamage({ db }: Tools) {
  return db.selectFrom("damage").select((eb) => [
    "damage.id",
    "damage.kind",
    "damage.digest",
    "damage.generation",
    "damage.reason",
    "damage.found_at as foundAt",
    "damage.moved_to as movedTo",
    eb
      .selectFrom("blob")
      .select("blob.digest")
      .whereRef("blob.digest", "=", "damage.digest")
      .where("blob.state", "=", "live")
      .where((or) =>
        or.or([
          or("blob.generation", "!=", or.ref("damage.generation")),
          or("blob.verified_at", ">", or.ref("damage.found_at")),
        ]),
      )
      .limit(1)
      .as("copy"),
    eb
      .selectFrom("manifest_body")
      .select("manifest_body.digest")
      .whereRef("manifest_body.digest", "=", "damage.digest")
      .as("body"),
    eb.selectFrom("link").select("link.digest").whereRef("link.digest", "=", "damage.digest").limit(1).as("link"),
    eb
      .selectFrom("manifest")
      .select("manifest.digest")
      .whereRef("manifest.digest", "=", "damage.digest")
      .limit(1)
      .as("manifest"),
  ])
}
