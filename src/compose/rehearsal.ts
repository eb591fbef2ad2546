import { createMetadata } from "../adapters/metadata/metadata.ts"
import type { Clock } from "../ports/clock.ts"
import type { Ids } from "../ports/ids.ts"
import type { BackupRecords } from "../ports/metadata/backup.ts"
import type { GcRecords } from "../ports/metadata/gc.ts"

interface Parts {
  backup: BackupRecords
  ids: Ids
  clock: Clock
}

/** Work on a copy of the database: what it would do is told, and nobody's writes wait for it. */
export function createRehearsal({ backup, ids, clock }: Parts) {
  return async <T>(signal: AbortSignal, work: (copy: GcRecords) => Promise<T>): Promise<T> => {
    const id = ids.create()
    // Where no server runs, nobody else removes what a killed rehearsal has left.
    await backup.deleteLeft()
    try {
      await backup.create(id, { origin: { version: "", root: "" }, signal, progress: () => undefined })
      const file = await backup.find(id)
      if (file === undefined) throw new Error("the copy of the database has gone")
      const metadata = await createMetadata({ path: file.path, clock })
      try {
        return await work(metadata.gc)
      } finally {
        await metadata.close()
      }
    } finally {
      await backup.delete(id)
    }
  }
}
