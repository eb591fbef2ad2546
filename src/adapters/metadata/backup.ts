import { mkdtemp, readdir, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { BackupManifest } from "../../domain/backup.ts"
import { createDiskFiles } from "../files/disk.ts"
import { ensureDirectory } from "../files/ensure-directory.ts"
import type { BackupRecords } from "../../ports/metadata/backup.ts"
import { translateError } from "./sqlite/errors.ts"
import type { SnapshotOrder } from "./sqlite/snapshot/snapshot.ts"

/** What a database can do for its backup. */
export interface SnapshotSource {
  /** The file; `:memory:` for none. */
  path: string
  take: (order: Omit<SnapshotOrder, "at">, signal: AbortSignal) => Promise<BackupManifest>
  /** Bytes of all its pages. */
  sizeBytes: () => number
}

const LOOK_MS = 200
const SUFFIX = ".db"
/** Whose database lies elsewhere may keep backups of their own beside it: these have names. */
const LEFT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.db(-journal|-wal|-shm)?$/

/** Those of a database in memory go with it: no later process could tell whose they were. */
export interface ClosableBackupRecords extends BackupRecords {
  close(): Promise<void>
}

/** Copies are made in a directory beside the database: whoever asked for one fetches it from there. */
export function createBackupRecords({ path, take, sizeBytes }: SnapshotSource): ClosableBackupRecords {
  const files = createDiskFiles()
  /** Made by this process, or being made, and not deleted yet. */
  const own = new Set<string>()
  let found: Promise<string> | undefined
  const findPlace = (): Promise<string> =>
    (found ??=
      path === ":memory:" ? mkdtemp(join(tmpdir(), "berth-backup-")) : Promise.resolve(`${dirname(path)}/backups`))
  const placeOf = async (id: string): Promise<string> => join(await findPlace(), `${id}${SUFFIX}`)

  return {
    create: async (id, { origin, signal, progress }) => {
      await ensureDirectory(files, await findPlace())
      const target = await placeOf(id)
      own.add(id)
      const total = sizeBytes()
      const look = setInterval(() => {
        stat(target).then(
          ({ size }) => progress(Math.min(size, total), total),
          () => undefined,
        )
      }, LOOK_MS)
      try {
        return await take({ target, origin }, signal)
      } catch (error) {
        own.delete(id)
        await files.unlink(target)
        throw translateError(error)
      } finally {
        clearInterval(look)
      }
    },
    find: async (id) => {
      const file = await placeOf(id)
      const size = await files.findSize(file)
      return size === undefined ? undefined : { path: file, sizeBytes: size }
    },
    delete: async (id) => {
      await files.unlink(await placeOf(id))
      own.delete(id)
    },
    close: async () => {
      if (path === ":memory:" && found !== undefined) await rm(await found, { recursive: true, force: true })
    },
    deleteLeft: async () => {
      // In memory nothing outlives its process.
      if (path === ":memory:") return
      const place = await findPlace()
      const names = await readdir(place).catch(() => [])
      const left = names.filter((name) => LEFT.test(name) && !own.has(name.slice(0, name.indexOf(SUFFIX))))
      await Promise.all(left.map((name) => rm(join(place, name), { force: true })))
    },
  }
}
