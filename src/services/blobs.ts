import type { Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import type { ByteRange } from "../domain/range.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { BlobStore, OpenedBlob } from "../ports/blob-store.ts"
import type { BlobRecord, BlobRecords } from "../ports/metadata/blobs.ts"
import type { Access } from "./access.ts"
import type { Events } from "./events.ts"
import type { RequestContext } from "./request-context.ts"
import type { Touches } from "./touches.ts"

export interface Blobs {
  /** Counts as a pull. Throws BLOB_UNKNOWN; BLOB_DAMAGED when the storage does not hold as many bytes as were pushed. */
  get(context: RequestContext, repository: RepositoryName, digest: Digest): Promise<BlobRecord>
  /** Opens what `get` gave. */
  open(blob: BlobRecord, range?: ByteRange): Promise<OpenedBlob>
  /** Removes the blob from the repository; others keep it. Throws BLOB_UNKNOWN. */
  delete(context: RequestContext, repository: RepositoryName, digest: Digest): Promise<void>
  /**
   * Makes a blob of another repository readable in this one. `false`, whatever the reason, where the client has to upload
   * it: a caller learns nothing about repositories that it may not read.
   */
  mount(context: RequestContext, digest: Digest, mount: BlobMount): Promise<boolean>
}

export interface BlobMount {
  to: RepositoryName
  /** Without it, any repository that the caller may read. */
  from?: RepositoryName
}

interface Dependencies {
  blobs: BlobRecords
  store: BlobStore
  access: Access
  touches: Pick<Touches, "renew">
  /** `undefined`: nobody is to be told of anything. */
  events?: Events | undefined
  /** Told of a blob that should be compared with its digest. */
  suspect?: (blob: BlobRecord) => void
}

const MOUNT_PAGE = 100
const MOUNT_PAGES = 10

export function createBlobs({ blobs, store, access, touches, events, suspect }: Dependencies): Blobs {
  async function findReadable(context: RequestContext, digest: Digest): Promise<RepositoryName | undefined> {
    let last: RepositoryName | undefined
    for (let pages = 0; pages < MOUNT_PAGES; pages++) {
      const page = await blobs.listRepositories(digest, { limit: MOUNT_PAGE, ...(last !== undefined && { last }) })
      const readable = page.items.find((repository) => access.canRead(context.actor, repository))
      if (readable !== undefined || !page.hasMore) return readable
      last = page.items.at(-1)
    }
    return undefined
  }

  return {
    get: async (context, repository, digest) => {
      const blob = await blobs.find(repository, digest)
      if (blob === undefined) throw unknownBlob(digest)
      const sizeBytes = await store.findSize(blob)
      if (sizeBytes === blob.sizeBytes) {
        if (!(await touches.renew(context, repository, blob))) throw unknownBlob(digest)
        events?.noteBlobPull(context, repository, blob)
        return blob
      }
      suspect?.(blob)
      const trouble = sizeBytes === undefined ? "is missing" : "does not have the size that was pushed"
      context.log.error(`a stored blob ${trouble}`, { digest, sizeBytes, expected: blob.sizeBytes })
      throw new RegistryError("BLOB_DAMAGED", "the stored blob is damaged: push it again")
    },
    open: async (blob, range) => {
      const opened = await store.open(blob, range)
      if (opened === undefined) throw new RegistryError("BLOB_DAMAGED", "the stored blob is damaged: push it again")
      return opened
    },
    delete: async (context, repository, digest) => {
      const told = events?.describeBlobDelete(context, repository, digest)
      const deletion = { actor: context.actor.id, ...(told !== undefined && { events: told }) }
      if (await blobs.unlink(repository, digest, deletion)) return
      throw unknownBlob(digest)
    },
    mount: async (context, digest, { to, from }) => {
      const source = from ?? (await findReadable(context, digest))
      if (source === undefined || !access.canRead(context.actor, source)) return false
      const blob = await blobs.find(source, digest)
      // A damaged blob is not spread: uploading it is what repairs it.
      if (blob === undefined || (await store.findSize(blob)) !== blob.sizeBytes) return false
      const mounted = { from: source, to }
      const told = events?.describeBlobMount(context, blob, mounted)
      return blobs.mount(digest, { ...mounted, ...(told !== undefined && { events: told }) })
    },
  }
}

function unknownBlob(digest: Digest): RegistryError {
  return new RegistryError("BLOB_UNKNOWN", "blob unknown to registry", { detail: { digest } })
}
