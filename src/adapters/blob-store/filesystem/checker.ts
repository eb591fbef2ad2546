import type { Digest } from "../../../domain/digest.ts"
import { digestAlgorithm } from "../../../domain/digest.ts"
import type { BlobKey } from "../../../ports/blob-store.ts"
import type { Files, OpenFile } from "../../../ports/files.ts"
import { createHasher, type Hasher } from "./hasher.ts"
import { blobPath } from "./layout.ts"

export interface CheckStep {
  readBytes: number
  /** Of all bytes; with the last step. */
  digest?: Digest
}

/** Reads stored blobs back a step at a time, so that whoever asks can pause, or leave. */
export interface Checker {
  /** Goes on where the check's last step ended. `undefined` when there is no such blob. */
  check(checkId: string, key: BlobKey, maxBytes: number): Promise<CheckStep | undefined>
  /** To be called after the last step, whatever came of it. */
  endCheck(checkId: string): Promise<void>
}

interface OpenCheck {
  file: OpenFile
  hasher: Hasher
  piece: Uint8Array
}

export function createChecker(files: Files, root: string): Checker {
  const checks = new Map<string, OpenCheck>()

  async function open(checkId: string, key: BlobKey, maxBytes: number): Promise<OpenCheck | undefined> {
    const path = blobPath(root, key)
    if ((await files.findSize(path)) === undefined) return undefined
    const file = await files.open(path, "read")
    const check = { file, hasher: createHasher(digestAlgorithm(key.digest)), piece: new Uint8Array(maxBytes) }
    checks.set(checkId, check)
    return check
  }

  return {
    check: async (checkId, key, maxBytes) => {
      const check = checks.get(checkId) ?? (await open(checkId, key, maxBytes))
      if (check === undefined) return undefined
      const { file, hasher, piece } = check
      const readBytes = await file.read(piece, hasher.sizeBytes)
      if (readBytes === 0) return { readBytes, digest: hasher.digest() }
      hasher.update(piece.subarray(0, readBytes))
      return { readBytes }
    },
    endCheck: async (checkId) => {
      const check = checks.get(checkId)
      checks.delete(checkId)
      await check?.file.close()
    },
  }
}
