import type { Kysely } from "kysely"
import type { Schema } from "./schema.ts"

/** References, each with the row of the manifest that it stands in, where that is not deleted. */
export function selectReferring(db: Kysely<Schema>) {
  return db
    .selectFrom("reference")
    .innerJoin("manifest", (join) =>
      join
        .onRef("manifest.repository", "=", "reference.repository")
        .onRef("manifest.digest", "=", "reference.manifest"),
    )
    .where("manifest.deleted_at", "is", null)
}
