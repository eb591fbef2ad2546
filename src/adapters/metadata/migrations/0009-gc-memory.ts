import type { Ddl } from "./ddl.ts"

/** What the collector has to know after a restart, and what it tells the last who asked for a list. */
export function createGcMemory({ text, integer, clustered }: Ddl): string[] {
  return [
    `CREATE TABLE gc_run (
      id ${integer} NOT NULL PRIMARY KEY CHECK (id = 1),
      report ${text} NOT NULL
    ) ${clustered}`,
    `CREATE TABLE gc_grace (
      id ${integer} NOT NULL PRIMARY KEY CHECK (id = 1),
      grace_ms ${integer} NOT NULL,
      former_ms ${integer} NOT NULL,
      former_until ${integer} NOT NULL
    ) ${clustered}`,
    `CREATE TABLE gc_found (
      kind ${text} NOT NULL CHECK (kind IN ('manifest', 'blob')),
      repository ${text} NOT NULL,
      digest ${text} NOT NULL,
      PRIMARY KEY (kind, repository, digest)
    ) ${clustered}`,
    // The order in which distribution walks through its directories: each name is one more directory, and what belongs to
    // a repository itself is in directories that begin with "_". "!" sorts before whatever a name may have.
    `CREATE INDEX repository_tree ON repository (replace(name, '/', '!') || '!_')`,
  ]
}
