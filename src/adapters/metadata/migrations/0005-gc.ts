import type { Ddl } from "./ddl.ts"

/** What was deleted stays for a while with a mark; queues of what may be garbage, and a journal of what went. */
export function createGcSchema({ text, integer, identity, clustered, heap }: Ddl): string[] {
  return [
    `ALTER TABLE link ADD COLUMN deleted_at ${integer}`,
    `ALTER TABLE blob ADD COLUMN condemned_at ${integer}`,
    // The history of a tag says what it was: its row needs no mark.
    `ALTER TABLE tag DROP COLUMN deleted_at`,
    // Whether anything at all needs a digest is asked without naming a repository.
    `DROP INDEX reference_digest`,
    `CREATE INDEX reference_digest ON reference (digest, repository)`,
    `CREATE INDEX adopted_digest ON adopted (digest)`,
    `CREATE INDEX blob_dying ON blob (condemned_at) WHERE condemned_at IS NOT NULL`,
    `CREATE INDEX tag_history_at ON tag_history (at)`,
    `CREATE TABLE review (
      kind ${text} NOT NULL CHECK (kind IN ('repository', 'manifest', 'untagged', 'link', 'blob')),
      repository ${text} NOT NULL,
      digest ${text} NOT NULL,
      since ${integer} NOT NULL,
      PRIMARY KEY (kind, repository, digest)
    ) ${clustered}`,
    `CREATE INDEX review_since ON review (kind, since)`,
    `CREATE TABLE orphan (
      digest ${text} NOT NULL,
      generation ${integer} NOT NULL,
      seen_at ${integer} NOT NULL,
      PRIMARY KEY (digest, generation)
    ) ${clustered}`,
    `CREATE TABLE removal (
      id ${identity},
      kind ${text} NOT NULL CHECK (kind IN ('repository', 'manifest', 'link', 'blob')),
      repository ${text} NOT NULL,
      digest ${text} NOT NULL,
      at ${integer} NOT NULL,
      actor ${text} NOT NULL,
      reason ${text} NOT NULL
    ) ${heap}`,
    `CREATE INDEX removal_digest ON removal (digest, id)`,
    `CREATE INDEX removal_at ON removal (at)`,
    `CREATE TABLE gc_walk (
      name ${text} NOT NULL PRIMARY KEY,
      position ${text} NOT NULL,
      started_at ${integer} NOT NULL,
      ended_at ${integer}
    ) ${clustered}`,
  ]
}
