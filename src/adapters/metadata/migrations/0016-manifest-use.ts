import type { Ddl } from "./ddl.ts"

/** What counts for a manifest that no tag names, however long untagged ones stay before they no longer do. */
export function createManifestUse({ integer }: Ddl): string[] {
  return [`ALTER TABLE manifest ADD COLUMN used_at ${integer}`]
}
