import type { Digest } from "../../domain/digest.ts"
import { RegistryError } from "../../domain/errors.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobLink, BlobRecord, BlobRecords } from "../../ports/metadata/blobs.ts"
import type { Deletion, EventAppend } from "../../ports/metadata/events.ts"
import { blobStatements, type LinkKey } from "./blob-statements.ts"
import { findDeletionMoment } from "./deletion-moment.ts"
import { appendEvents, type EventSignal } from "./events.ts"
import { operation, type Write } from "./operation.ts"
import { readPage } from "./pages.ts"
import type { Connection } from "./prepared.ts"
import { ensureRepository } from "./repositories.ts"
import { noteRemoval, queueReview } from "./reviews.ts"
import { removeUpload } from "./uploads.ts"

const putBlob = operation(
  "blobs.put",
  async (connection, { blob, repository, uploadId, events }: BlobPut, at): Promise<void> => {
    const { digest, generation } = blob
    const others = await connection.list(blobStatements.listGenerations, { digest })
    if (others.some((one) => one.generation === generation && one.state === "deleting")) throw lostGeneration()
    const live = others.find(({ state }) => state === "live")
    if (live === undefined || live.generation === generation) {
      await connection.run(blobStatements.put, { ...blob, state: "live", at, verifiedAt: at, condemnedAt: null })
    } else {
      // Another upload, or a manifest that came in time, made an older copy the one to serve: ours is for the collector.
      await connection.run(blobStatements.put, { ...blob, state: "condemned", at, verifiedAt: at, condemnedAt: at })
      await connection.run(blobStatements.revive, { digest, generation: live.generation, at })
    }
    await link(connection, { repository, digest }, at)
    if (uploadId !== undefined) await removeUpload(connection, uploadId)
    if (events !== undefined) await appendEvents(connection, events, at)
  },
)

interface BlobPut extends BlobLink {
  blob: BlobRecord
}

const mountBlob = operation("blobs.mount", async (connection, mount: Mount, at): Promise<boolean> => {
  const { digest, from, repository, events } = mount
  const blob = await connection.find(blobStatements.find, { repository: from, digest })
  if (blob === undefined) return false
  await connection.run(blobStatements.revive, { digest, generation: blob.generation, at })
  await link(connection, { repository, digest }, at)
  if (events !== undefined) await appendEvents(connection, events, at)
  return true
})

interface Mount {
  digest: Digest
  from: RepositoryName
  repository: RepositoryName
  events?: EventAppend
}

const unlinkBlob = operation(
  "blobs.unlink",
  async (connection, { actor, events, ...key }: LinkKey & Deletion, now): Promise<boolean> => {
    const at = await findDeletionMoment(connection, key.repository, now)
    if ((await connection.run(blobStatements.unlink, { ...key, at })) === 0) return false
    await queueReview(connection, { kind: "link", ...key }, at)
    await noteRemoval(connection, { kind: "link", ...key, actor, at, reason: "deleted" })
    if (events !== undefined) await appendEvents(connection, events, now)
    return true
  },
)

const touchBlob = operation("blobs.touch", async (connection, key: LinkKey, at): Promise<boolean> => {
  return (await connection.run(blobStatements.touch, { ...key, at })) > 0
})

export const blobOperations = [putBlob, mountBlob, unlinkBlob, touchBlob]

export function createBlobRecords(read: Connection, write: Write, signal: EventSignal): BlobRecords {
  return {
    find: (repository, digest) => read.find(blobStatements.find, { repository, digest }),
    async nextGeneration(digest) {
      // Asked first: a sighting that ends leaves a row.
      const orphans = await read.list(blobStatements.listOrphans, { digest })
      const copies = await read.list(blobStatements.listGenerations, { digest })
      const live = copies.find(({ state }) => state === "live")
      if (live !== undefined) return live.generation
      // An object without a row may go at any moment: nothing is stored under its key.
      return Math.max(copies[0]?.generation ?? -1, orphans[0]?.generation ?? -1) + 1
    },
    put: (blob, link) => signal.after(link.events, write(putBlob, { blob, ...link })),
    mount: (digest, { to, ...mount }) =>
      signal.after(mount.events, write(mountBlob, { digest, repository: to, ...mount })),
    unlink: (repository, digest, deletion) =>
      signal.after(deletion.events, write(unlinkBlob, { repository, digest, ...deletion })),
    touch: (repository, digest) => write(touchBlob, { repository, digest }),
    async listRepositories(digest, page) {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(blobStatements.listRepositories, { digest, after, limit }),
      )
      return { items: items.map(({ repository }) => repository), hasMore }
    },
  }
}

/** Whether a manifest of the repository may refer to the blob. From here on the blob is not condemned. */
export async function holdBlob(connection: Connection, key: LinkKey, at: number): Promise<boolean> {
  const copies = await connection.list(blobStatements.listLinked, key)
  const [copy] = copies
  if (copy === undefined) return false
  if (copies.some(({ state }) => state === "live")) return true
  await connection.run(blobStatements.revive, { digest: key.digest, generation: copy.generation, at })
  return true
}

/** Links the copy that distribution wrote, or one that came since. `false` while its key is being given up. */
export async function adoptBlob(
  connection: Connection,
  { repository, digest, sizeBytes }: LinkKey & { sizeBytes: number },
  at: number,
): Promise<boolean> {
  const copies = await connection.list(blobStatements.listGenerations, { digest })
  const usable = copies.find(({ state }) => state === "live") ?? copies.find(({ state }) => state === "condemned")
  if (usable === undefined && copies.some(({ generation }) => generation === 0)) return false
  if (usable === undefined) await connection.run(blobStatements.adopt, { digest, sizeBytes, at })
  else await connection.run(blobStatements.revive, { digest, generation: usable.generation, at })
  await link(connection, { repository, digest }, at)
  return true
}

async function link(connection: Connection, key: LinkKey, at: number): Promise<void> {
  await ensureRepository(connection, key.repository, at)
  await connection.run(blobStatements.link, { ...key, at })
  await queueReview(connection, { kind: "link", ...key }, at)
}

function lostGeneration(): RegistryError {
  return new RegistryError("STORAGE_FAILED", "the stored copy is being deleted: push the blob again")
}
