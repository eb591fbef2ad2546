import type { Ddl } from "./ddl.ts"

/** How far the stored bytes were compared with their digests, and what was found damaged. */
export function createScrubSchema({ text, integer, bytes, identity, clustered, heap }: Ddl): string[] {
  return [
    `CREATE INDEX blob_verified ON blob (verified_at)`,
    // One row. `is_open`: a server has begun and has not said that it ended.
    `CREATE TABLE scrub (
      id ${integer} NOT NULL PRIMARY KEY CHECK (id = 1),
      is_open ${integer} NOT NULL,
      started_at ${integer},
      ended_at ${integer},
      position ${text} NOT NULL,
      objects ${integer} NOT NULL,
      bytes ${integer} NOT NULL,
      damaged ${integer} NOT NULL
    ) ${clustered}`,
    `INSERT INTO scrub VALUES (1, 0, NULL, NULL, '', 0, 0, 0)`,
    `CREATE TABLE damage (
      id ${identity},
      kind ${text} NOT NULL CHECK (kind IN ('blob', 'manifest')),
      digest ${text} NOT NULL,
      generation ${integer} NOT NULL,
      reason ${text} NOT NULL CHECK (reason IN ('changed', 'missing', 'unreadable')),
      found_at ${integer} NOT NULL,
      is_condemned ${integer} NOT NULL,
      moved_to ${text},
      content ${bytes}
    ) ${heap}`,
    `CREATE UNIQUE INDEX damage_key ON damage (kind, digest, generation)`,
    `CREATE INDEX damage_unmoved ON damage (is_condemned, moved_to, id)`,
  ]
}
