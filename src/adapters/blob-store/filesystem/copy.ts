import type { BlobKey } from "../../../ports/blob-store.ts"
import type { Files, OpenFile } from "../../../ports/files.ts"
import { blobPath, uploadPath } from "./layout.ts"
import { createPublish } from "./publish.ts"

const SLICE_BYTES = 2 ** 20

/** Stores a blob under another generation as well: written and synced aside, then moved into its place. */
export function createCopy(files: Files, root: string) {
  const publish = createPublish(root, files)

  async function write(source: OpenFile, path: string): Promise<void> {
    const target = await files.open(path, "append")
    try {
      const slice = new Uint8Array(SLICE_BYTES)
      for (let position = 0; ;) {
        const count = await source.read(slice, position)
        if (count === 0) break
        await target.write([slice.subarray(0, count)])
        position += count
      }
      await target.sync()
    } finally {
      await target.close()
    }
  }

  return async (key: BlobKey, generation: number): Promise<boolean> => {
    const from = blobPath(root, key)
    if ((await files.findSize(from)) === undefined) return false
    const path = uploadPath(root, crypto.randomUUID())
    const source = await files.open(from, "read")
    try {
      await write(source, path)
      await publish(path, { ...key, generation })
    } catch (error) {
      await files.unlink(path)
      throw error
    } finally {
      await source.close()
    }
    return true
  }
}
