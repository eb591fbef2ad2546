import type { Ddl } from "./ddl.ts"

/** Deletions of repositories that are decided, and not carried out to their end. */
export function createUnfinishedDeletions({ text, integer, clustered }: Ddl): string[] {
  return [
    `CREATE TABLE unfinished_deletion (
      repository ${text} NOT NULL PRIMARY KEY,
      part ${text} NOT NULL CHECK (part IN ('manifests', 'tags', 'links')),
      position ${text} NOT NULL,
      at ${integer} NOT NULL,
      actor ${text} NOT NULL,
      events ${text}
    ) ${clustered}`,
  ]
}
