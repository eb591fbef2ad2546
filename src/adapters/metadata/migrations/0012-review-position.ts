import type { Ddl } from "./ddl.ts"

/** How far the end of a manifest with many referrers is. */
export function createReviewPosition({ text }: Ddl): string[] {
  return [`ALTER TABLE review ADD COLUMN position ${text} NOT NULL DEFAULT ''`]
}
