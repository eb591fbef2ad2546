import type { Ddl } from "./ddl.ts"

/** One row for each event and endpoint: it goes when it is delivered. */
export function createEventTables({ text, integer, identity, clustered, heap }: Ddl): string[] {
  return [
    `CREATE TABLE delivery (
      id ${identity},
      endpoint ${text} NOT NULL,
      repository ${text} NOT NULL,
      state ${text} NOT NULL CHECK (state IN ('waiting', 'dead')),
      event ${text} NOT NULL,
      attempts ${integer} NOT NULL,
      error ${text},
      since ${integer} NOT NULL
    ) ${heap}`,
    // The next event of a repository, and the next repository, are one step into this.
    `CREATE INDEX delivery_lane ON delivery (endpoint, state, repository, id)`,
    `CREATE INDEX delivery_since ON delivery (endpoint, state, since, id)`,
    // Counting the rows would cost as much as there are.
    `CREATE TABLE outbox (
      endpoint ${text} NOT NULL PRIMARY KEY,
      waiting ${integer} NOT NULL,
      dead ${integer} NOT NULL
    ) ${clustered}`,
  ]
}
