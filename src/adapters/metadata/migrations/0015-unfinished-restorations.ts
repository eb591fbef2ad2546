import type { Ddl } from "./ddl.ts"

/** Restorations of repositories that are decided, and not carried out to their end. */
export function createUnfinishedRestorations({ text, integer, clustered }: Ddl): string[] {
  return [
    `CREATE TABLE unfinished_restoration (
      repository ${text} NOT NULL PRIMARY KEY,
      part ${text} NOT NULL CHECK (part IN ('links', 'tags', 'manifests', 'telling')),
      position ${text} NOT NULL,
      deleted_at ${integer} NOT NULL,
      last_change ${integer} NOT NULL,
      at ${integer} NOT NULL,
      actor ${text} NOT NULL,
      telling ${text}
    ) ${clustered}`,
  ]
}
