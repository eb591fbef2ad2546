import type { BackupManifest } from "../domain/backup.ts"
import type { Clock } from "../ports/clock.ts"
import type { Ids } from "../ports/ids.ts"
import type { BackupFile, BackupRecords, BackupWork } from "../ports/metadata/backup.ts"
import { fp } from "../failpoint.ts"
import type { Gc } from "./gc.ts"

export interface Backup extends BackupManifest {
  id: string
  sizeBytes: number
}

export interface Backups {
  /** Copies the metadata, as one moment leaves it, while everything goes on. The copy waits to be fetched. */
  run(work: Omit<BackupWork, "origin"> & { version: string }): Promise<Backup>
  /** Removes the copies that a process before this one has left: nobody can fetch them any more. */
  forgetLeft(): Promise<void>
  /** `undefined` for one that was forgotten. */
  find(id: string): Promise<BackupFile | undefined>
  delete(id: string): Promise<void>
  /** Nothing is collected until the function that it gives is called: blobs are being copied. */
  hold(): Promise<() => void>
}

interface Dependencies {
  records: BackupRecords
  clock: Clock
  ids: Ids
  gc: Pick<Gc, "hold">
  /** The data directory. */
  root: string
}

/** Whoever has not fetched a copy by then has gone. */
const KEPT_MS = 60 * 60 * 1000

export function createBackups({ records, clock, ids, gc, root }: Dependencies): Backups {
  const made = new Map<string, number>()

  async function forgetOld(): Promise<void> {
    for (const [id, at] of made) {
      if (clock.now() - at < KEPT_MS) continue
      await records.delete(id)
      made.delete(id)
    }
  }

  return {
    run: async ({ version, ...work }) => {
      await records.deleteLeft()
      await forgetOld()
      const id = ids.create()
      const manifest = await records.create(id, { ...work, origin: { version, root } })
      fp("backup.copied")
      made.set(id, clock.now())
      return { id, sizeBytes: (await records.find(id))?.sizeBytes ?? 0, ...manifest }
    },
    forgetLeft: () => records.deleteLeft(),
    find: async (id) => (made.has(id) ? records.find(id) : undefined),
    hold: () => gc.hold("a backup, which copies the blobs"),
    delete: async (id) => {
      if (made.delete(id)) await records.delete(id)
    },
  }
}
