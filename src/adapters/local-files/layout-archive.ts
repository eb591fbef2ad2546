import { digestAlgorithm, digestHex, type Digest } from "../../domain/digest.ts"
import type { LayoutWriter } from "../../ports/layouts.ts"
import type { OutputFile } from "../../ports/local-files.ts"
import { paddedSize, TAR_END, writeTarHeader } from "./tar.ts"

export const LAYOUT_FILE = new TextEncoder().encode('{"imageLayoutVersion":"1.0.0"}')

/** A layout as a tar archive, written in one go: the same images give the same bytes. */
export function createArchive(file: OutputFile): LayoutWriter {
  const written = new Set<Digest>()
  let isBegun = false
  let isBroken = false

  async function add(
    name: string,
    sizeBytes: number,
    body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> {
    await file.write(writeTarHeader(name, sizeBytes))
    let count = 0
    for await (const bytes of body) {
      count += bytes.length
      if (count > sizeBytes) break
      await file.write(bytes)
    }
    if (count !== sizeBytes) throw new Error(`${name} should have ${sizeBytes} bytes, and does not`)
    await file.write(new Uint8Array(paddedSize(sizeBytes) - sizeBytes))
  }

  async function begin(): Promise<void> {
    if (!isBegun) await add("oci-layout", LAYOUT_FILE.length, [LAYOUT_FILE])
    isBegun = true
  }

  return {
    readIndex: () => Promise.resolve(undefined),
    has: (digest) => Promise.resolve(written.has(digest)),
    put: async (digest, sizeBytes, body) => {
      if (isBroken) throw new Error("the archive was given up")
      try {
        await begin()
        await add(blobName(digest), sizeBytes, body)
        written.add(digest)
      } catch (error) {
        isBroken = true
        throw error
      }
    },
    finish: async ({ index, docker }) => {
      await begin()
      await add("index.json", index.length, [index])
      await add("manifest.json", docker.length, [docker])
      await file.write(TAR_END)
      await file.finish()
    },
    discard: () => file.discard(),
  }
}

export function blobName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`
}
