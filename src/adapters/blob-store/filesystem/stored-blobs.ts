import type { BlobStore, OpenedBlob } from "../../../ports/blob-store.ts"
import type { Files } from "../../../ports/files.ts"
import { createChecker } from "./checker.ts"
import { guard } from "./guard.ts"
import { blobPath } from "./layout.ts"
import { createBlobListing, listQuarantined, listUploads } from "./listing.ts"
import { createVerify } from "./verify.ts"

/** The part of the store that only reads: nothing has to be there for it. */
export function createStoredBlobs(
  files: Files,
  root: string,
): Pick<BlobStore, "open" | "findSize" | "read" | "verify" | "list" | "listUploads" | "listQuarantined"> {
  const list = createBlobListing(files, root)
  return {
    open: async (key, range) => {
      const path = blobPath(root, key)
      const totalBytes = await guard(files.findSize(path))
      if (totalBytes === undefined) return undefined
      return { kind: "file", path, range: range ?? { start: 0, length: totalBytes }, totalBytes } satisfies OpenedBlob
    },
    findSize: (key) => guard(files.findSize(blobPath(root, key))),
    read: async (key, maxBytes) => (await guard(files.findContent(blobPath(root, key), maxBytes)))?.bytes,
    listUploads: () => guard(listUploads(files, root)),
    listQuarantined: () => guard(listQuarantined(files, root)),
    list: (page) => guard(list(page)),
    verify: createVerify(createChecker(files, root)),
  }
}
