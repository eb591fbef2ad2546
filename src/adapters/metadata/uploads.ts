import type { Digest, DigestAlgorithm } from "../../domain/digest.ts"
import type { UploadRecord, UploadRecords } from "../../ports/metadata/uploads.ts"
import { operation, type Write } from "./operation.ts"
import { prepare, type Build, type Connection, type Tools } from "./prepared.ts"

interface Row extends Omit<UploadRecord, "digest"> {
  digest: Digest | null
}

interface Progress {
  id: string
  algorithm: DigestAlgorithm
  offset: number
  digest: Digest | null
}

/** Counting takes a few milliseconds of the event loop then. */
const COUNTED_AT_MOST = 100_000

export const uploadStatements = {
  find: prepare(({ p, ...tools }: Build<{ id: string }>) => selectUpload(tools).where("id", "=", p("id"))),
  listAbandoned: prepare(({ p, ...tools }: Build<{ before: number; limit: number }>) =>
    selectUpload(tools).where("updated_at", "<", p("before")).orderBy("updated_at").limit(p("limit")),
  ),
  isAbandoned: prepare(({ db, p }: Build<{ id: string; before: number }>) =>
    db.selectFrom("upload").select("id").where("id", "=", p("id")).where("updated_at", "<", p("before")),
  ),
  count: prepare(({ db, p }: Build<{ quotaKey: string; activeSince: number }>) =>
    db
      .selectFrom("upload")
      .select((eb) => eb.fn.countAll<number>().as("open"))
      .where("quota_key", "=", p("quotaKey"))
      .where("updated_at", ">=", p("activeSince")),
  ),
  countAll: prepare(({ db, p }: Build<{ since: number; most: number }>) =>
    db
      .selectFrom(
        db.selectFrom("upload").select("updated_at").where("updated_at", ">=", p("since")).limit(p("most")).as("step"),
      )
      .select((eb) => eb.fn.countAll<number>().as("open")),
  ),
  insert: prepare(({ db, p }: Build<Row & { at: number }>) =>
    db.insertInto("upload").values({
      id: p("id"),
      repository: p("repository"),
      owner: p("owner"),
      quota_key: p("quotaKey"),
      algorithm: p("algorithm"),
      offset: p("offset"),
      digest: p("digest"),
      created_by: p("owner"),
      created_at: p("at"),
      updated_at: p("at"),
    }),
  ),
  update: prepare(({ db, p }: Build<Progress & { at: number }>) =>
    db
      .updateTable("upload")
      .set({ algorithm: p("algorithm"), offset: p("offset"), digest: p("digest"), updated_at: p("at") })
      .where("id", "=", p("id")),
  ),
  delete: prepare(({ db, p }: Build<{ id: string }>) => db.deleteFrom("upload").where("id", "=", p("id"))),
}

const createUpload = operation(
  "uploads.create",
  async (connection, { upload, maxOpen, activeSince }: NewUpload, at): Promise<boolean> => {
    const quota = { quotaKey: upload.quotaKey, activeSince }
    const open = (await connection.find(uploadStatements.count, quota))?.open ?? 0
    if (open >= maxOpen) return false
    await connection.run(uploadStatements.insert, { ...upload, digest: upload.digest ?? null, at })
    return true
  },
)

interface NewUpload {
  upload: UploadRecord
  maxOpen: number
  activeSince: number
}

const updateUpload = operation("uploads.update", async (connection, progress: Progress, at): Promise<void> => {
  await connection.run(uploadStatements.update, { ...progress, at })
})

const deleteUpload = operation("uploads.delete", (connection, id: string) => removeUpload(connection, id))

export const uploadOperations = [createUpload, updateUpload, deleteUpload]

export function createUploadRecords(read: Connection, write: Write): UploadRecords {
  return {
    create: (upload, limit) => write(createUpload, { upload, ...limit }),
    async find(id) {
      const row = await read.find(uploadStatements.find, { id })
      return row && toUpload(row)
    },
    update: (id, { algorithm, offset, digest }) =>
      write(updateUpload, { id, algorithm, offset, digest: digest ?? null }),
    delete: (id) => write(deleteUpload, id),
    async isAbandoned(id, before) {
      return (await read.find(uploadStatements.isAbandoned, { id, before })) !== undefined
    },
    async count() {
      return (await read.find(uploadStatements.countAll, { since: 0, most: COUNTED_AT_MOST }))?.open ?? 0
    },
    async listAbandoned(before, limit) {
      return (await read.list(uploadStatements.listAbandoned, { before, limit })).map(toUpload)
    },
  }
}

export async function removeUpload(connection: Connection, id: string): Promise<boolean> {
  return (await connection.run(uploadStatements.delete, { id })) > 0
}

function selectUpload({ db }: Tools) {
  return db
    .selectFrom("upload")
    .select(["id", "repository", "owner", "quota_key as quotaKey", "algorithm", "offset", "digest"])
}

function toUpload({ digest, ...row }: Row): UploadRecord {
  return { ...row, ...(digest !== null && { digest }) }
}
