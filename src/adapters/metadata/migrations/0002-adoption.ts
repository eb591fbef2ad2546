import type { Ddl } from "./ddl.ts"

/** What was taken over from distribution's links, and when bytes were last compared with their digest. */
export function createAdoptionSchema({ text, integer, clustered }: Ddl): string[] {
  return [
    // Null: nobody has read the bytes yet.
    `ALTER TABLE blob ADD COLUMN verified_at ${integer}`,
    `CREATE TABLE adopted (
      repository ${text} NOT NULL,
      kind ${text} NOT NULL CHECK (kind IN ('tag', 'manifest', 'blob')),
      name ${text} NOT NULL,
      digest ${text} NOT NULL,
      PRIMARY KEY (repository, kind, name)
    ) ${clustered}`,
    `CREATE TABLE adoption_run (
      id ${integer} NOT NULL PRIMARY KEY CHECK (id = 1),
      started_at ${integer} NOT NULL,
      report ${text}
    ) ${clustered}`,
    `CREATE TABLE adoption_problem (
      id ${text} NOT NULL PRIMARY KEY,
      kind ${text} NOT NULL,
      path ${text} NOT NULL,
      detail ${text}
    ) ${clustered}`,
  ]
}
