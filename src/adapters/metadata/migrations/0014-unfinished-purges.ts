import type { Ddl } from "./ddl.ts"

/** A purge is a deletion after which nothing can be restored, and goes on after a crash as every deletion does. */
export function createUnfinishedPurges({ integer }: Ddl): string[] {
  return [`ALTER TABLE unfinished_deletion ADD COLUMN is_purge ${integer} NOT NULL DEFAULT 0`]
}
