import type { Ddl } from "./ddl.ts"

/** What an export is about to make of distribution's links; empty where it removes them. */
export function createExportSchema({ text, clustered }: Ddl): string[] {
  return [
    `CREATE TABLE exporting (
      repository ${text} NOT NULL,
      kind ${text} NOT NULL CHECK (kind IN ('tag', 'manifest', 'blob')),
      name ${text} NOT NULL,
      digest ${text} NOT NULL,
      PRIMARY KEY (repository, kind, name)
    ) ${clustered}`,
  ]
}
