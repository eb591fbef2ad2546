import type { Ddl } from "./ddl.ts"

/** When the database was last made of a backup; at most one row. */
export function createRestorationTable({ integer, clustered }: Ddl): string[] {
  return [
    `CREATE TABLE restoration (
      id ${integer} NOT NULL PRIMARY KEY CHECK (id = 1),
      at ${integer} NOT NULL
    ) ${clustered}`,
  ]
}
