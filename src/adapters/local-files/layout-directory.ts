import { lstat, open, readFile, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { constants } from "node:fs"
import type { Digest } from "../../domain/digest.ts"
import type { LayoutReader, LayoutWriter } from "../../ports/layouts.ts"
import { createDiskFiles } from "../files/disk.ts"
import { ensureDirectory } from "../files/ensure-directory.ts"
import { blobName, LAYOUT_FILE } from "./layout-archive.ts"
import { readPieces } from "./pieces.ts"

const files = createDiskFiles()

/** A layout as a directory: what is there stays, and what is missing is added. */
export async function openDirectoryForWriting(path: string): Promise<LayoutWriter> {
  await ensureDirectory(files, path)
  const made = new Set<string>()

  async function ensureOnce(directory: string): Promise<void> {
    if (!made.has(directory)) await ensureDirectory(files, directory)
    made.add(directory)
  }

  return {
    readIndex: () => readFile(join(path, "index.json")).catch(() => undefined),
    has: async (digest, sizeBytes) => (await findFile(join(path, blobName(digest)))) === sizeBytes,
    put: async (digest, _, body) => {
      const place = join(path, blobName(digest))
      await ensureOnce(dirname(place))
      await write(place, body)
    },
    finish: async ({ index }) => {
      // What is named is durable before its name is.
      for (const directory of made) await files.syncDirectory(directory)
      await write(join(path, "oci-layout"), [LAYOUT_FILE])
      await write(join(path, "index.json"), [index])
      await files.syncDirectory(path)
    },
    discard: () => Promise.resolve(),
  }
}

/** Beside its place first: what stands there is whole. */
async function write(place: string, body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  const partial = `${place}.partial`
  const file = await open(partial, "w")
  try {
    for await (const bytes of body) {
      for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten
    }
    await file.sync()
  } catch (error) {
    await file.close()
    await rm(partial, { force: true })
    throw error
  }
  await file.close()
  await rename(partial, place)
}

/** Links are not followed: they could lead out of the layout. */
export function openDirectoryForReading(path: string): LayoutReader {
  async function openFile(name: string) {
    return open(join(path, name), constants.O_RDONLY | constants.O_NOFOLLOW)
  }

  return {
    readIndex: async (maxBytes) => {
      const size = await findFile(join(path, "index.json"))
      if (size === undefined) throw new Error(`${path} is no image layout: it has no index.json`)
      if (size > maxBytes) throw new Error(`index.json of ${path} has more than ${maxBytes} bytes`)
      return readFile(join(path, "index.json"))
    },
    findSize: (digest: Digest) => findFile(join(path, blobName(digest))),
    read: async function* (digest) {
      const file = await openFile(blobName(digest))
      try {
        yield* readPieces(file, 0, Infinity)
      } finally {
        await file.close()
      }
    },
    close: () => Promise.resolve(),
  }
}

async function findFile(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined)
  return found?.isFile() === true ? found.size : undefined
}
