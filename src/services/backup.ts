import type { BackupManifest } from "../domain/backup.ts"
import type { Clock } from "../ports/clock.ts"
import type { Ids } from "../ports/ids.ts"
import type { BackupFile, BackupRecords, BackupWork } from "../ports/metadata/backup.ts"
import { fp } from "../failpoint.ts"

export interface Backup extends BackupManifest {
  id: string
  sizeBytes: number
}

export interface Backups {
  /** Copies the metadata, as one moment leaves it, while everything goes on. The copy waits to be fetched. */
  run(work: Omit<BackupWork, "origin"> & { version: string }): Promise<Backup>
  /** `undefined` for one that was forgotten. */
  find(id: string): Promise<BackupFile | undefined>
  delete(id: string): Promise<void>
}

interface Dependencies {
  records: BackupRecords
  clock: Clock
  ids: Ids
  /** The data directory. */
  root: string
}

/** Whoever has not fetched a copy by then has gone. */
const KEPT_MS = 60 * 60 * 1000

export function createBackups({ records, clock, ids, root }: Dependencies): Backups {
  const made = new Map<string, number>()
  let isFirst = true

  async function forgetOld(): Promise<void> {
    if (isFirst) await records.deleteAll()
    isFirst = false
    for (const [id, at] of made) {
      if (clock.now() - at < KEPT_MS) continue
      await records.delete(id)
      made.delete(id)
    }
  }

  return {
    run: async ({ version, ...work }) => {
      await forgetOld()
      const id = ids.create()
      const manifest = await records.create(id, { ...work, origin: { version, root } })
      fp("backup.copied")
      made.set(id, clock.now())
      return { id, sizeBytes: (await records.find(id))?.sizeBytes ?? 0, ...manifest }
    },
    find: async (id) => (made.has(id) ? records.find(id) : undefined),
    delete: async (id) => {
      if (made.delete(id)) await records.delete(id)
    },
  }
}
