import type { Ddl } from "./ddl.ts"

/** Repositories are keyed by name: a look-up needs no second table, and no number has to be agreed on between servers. */
export function createInitialSchema(ddl: Ddl): string[] {
  return [...repositories(ddl), ...manifests(ddl), ...tags(ddl), ...blobs(ddl), ...uploads(ddl)]
}

function repositories({ text, integer, clustered }: Ddl): string[] {
  return [
    `CREATE TABLE repository (
      name ${text} NOT NULL PRIMARY KEY,
      created_at ${integer} NOT NULL,
      deleted_at ${integer},
      manifest_count ${integer} NOT NULL
    ) ${clustered}`,
    // A page of the catalog costs what it shows, however many repositories are empty.
    `CREATE INDEX repository_catalog ON repository (name) WHERE manifest_count > 0`,
  ]
}

function manifests({ text, integer, bytes, clustered, heap }: Ddl): string[] {
  return [
    `CREATE TABLE manifest (
      repository ${text} NOT NULL,
      digest ${text} NOT NULL,
      media_type ${text} NOT NULL,
      size ${integer} NOT NULL,
      artifact_type ${text},
      subject ${text},
      annotations ${text},
      created_at ${integer} NOT NULL,
      created_by ${text} NOT NULL,
      last_pulled_at ${integer},
      deleted_at ${integer},
      PRIMARY KEY (repository, digest)
    ) ${clustered}`,
    `CREATE INDEX manifest_digest ON manifest (digest)`,
    `CREATE INDEX manifest_subject ON manifest (repository, subject, digest) WHERE subject IS NOT NULL`,
    `CREATE INDEX manifest_artifact_type ON manifest (repository, subject, artifact_type, digest) WHERE subject IS NOT NULL`,
    `CREATE TABLE manifest_body (digest ${text} NOT NULL PRIMARY KEY, bytes ${bytes} NOT NULL) ${heap}`,
    `CREATE TABLE reference (
      repository ${text} NOT NULL,
      manifest ${text} NOT NULL,
      kind ${text} NOT NULL,
      digest ${text} NOT NULL,
      size ${integer} NOT NULL,
      PRIMARY KEY (repository, manifest, kind, digest)
    ) ${clustered}`,
    `CREATE INDEX reference_digest ON reference (repository, digest)`,
  ]
}

function tags({ text, integer, identity, clustered, heap }: Ddl): string[] {
  return [
    `CREATE TABLE tag (
      repository ${text} NOT NULL,
      name ${text} NOT NULL,
      digest ${text} NOT NULL,
      media_type ${text} NOT NULL,
      size ${integer} NOT NULL,
      created_by ${text} NOT NULL,
      updated_at ${integer} NOT NULL,
      deleted_at ${integer},
      PRIMARY KEY (repository, name)
    ) ${clustered}`,
    `CREATE INDEX tag_digest ON tag (repository, digest)`,
    `CREATE TABLE tag_history (
      id ${identity},
      repository ${text} NOT NULL,
      tag ${text} NOT NULL,
      digest ${text},
      previous ${text},
      at ${integer} NOT NULL,
      actor ${text} NOT NULL
    ) ${heap}`,
    `CREATE INDEX tag_history_tag ON tag_history (repository, tag, id)`,
  ]
}

function blobs({ text, integer, clustered }: Ddl): string[] {
  return [
    `CREATE TABLE blob (
      digest ${text} NOT NULL,
      generation ${integer} NOT NULL,
      size ${integer} NOT NULL,
      state ${text} NOT NULL CHECK (state IN ('live', 'condemned', 'deleting')),
      touched_at ${integer} NOT NULL,
      created_at ${integer} NOT NULL,
      PRIMARY KEY (digest, generation)
    ) ${clustered}`,
    `CREATE UNIQUE INDEX blob_live ON blob (digest) WHERE state = 'live'`,
    `CREATE TABLE link (
      repository ${text} NOT NULL,
      digest ${text} NOT NULL,
      touched_at ${integer} NOT NULL,
      PRIMARY KEY (repository, digest)
    ) ${clustered}`,
    `CREATE INDEX link_digest ON link (digest, repository)`,
  ]
}

function uploads({ text, integer, clustered }: Ddl): string[] {
  return [
    `CREATE TABLE upload (
      id ${text} NOT NULL PRIMARY KEY,
      repository ${text} NOT NULL,
      owner ${text} NOT NULL,
      quota_key ${text} NOT NULL,
      algorithm ${text} NOT NULL,
      "offset" ${integer} NOT NULL,
      digest ${text},
      created_by ${text} NOT NULL,
      created_at ${integer} NOT NULL,
      updated_at ${integer} NOT NULL
    ) ${clustered}`,
    `CREATE INDEX upload_quota ON upload (quota_key, updated_at)`,
    `CREATE INDEX upload_age ON upload (updated_at)`,
  ]
}
