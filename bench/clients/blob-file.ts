import { closeSync, copyFileSync, openSync, writeSync } from "node:fs"

const TAIL_BYTES = 64
const PIECE_BYTES = 1 << 20

/** A file of random bytes whose last 64 can be renewed, so that a server has never seen the blob and hashing it anew costs the client nothing. */
export interface BlobFile {
  path: string
  sizeBytes: number
  digest: string
  /** Writes a new end in place and updates `digest`. */
  renew(): void
}

/** Makes `count` files `PATH.0`, `PATH.1`, … of that size, each with content of its own. */
export function createBlobFiles(path: string, sizeBytes: number, count: number): BlobFile[] {
  const first = `${path}.0`
  const hasher = writeRandom(first, sizeBytes - TAIL_BYTES)
  return Array.from({ length: count }, (_, index) => {
    const copy = `${path}.${index}`
    if (copy !== first) copyFileSync(first, copy)
    return createBlobFile(copy, sizeBytes, hasher)
  })
}

export interface Tail {
  bytes: Uint8Array
  digest: string
}

/** Gives a new random end for content whose hash so far is known. */
export function createTail(hasher: Bun.CryptoHasher): Tail {
  const bytes = crypto.getRandomValues(new Uint8Array(TAIL_BYTES))
  return { bytes, digest: `sha256:${hasher.copy().update(bytes).digest("hex")}` }
}

/** Fills a file with random bytes; gives the hash of them, unfinished. */
export function writeRandom(path: string, sizeBytes: number): Bun.CryptoHasher {
  const hasher = new Bun.CryptoHasher("sha256")
  const file = openSync(path, "w")
  for (let left = sizeBytes; left > 0;) {
    const piece = randomBytes(Math.min(PIECE_BYTES, left))
    hasher.update(piece)
    writeSync(file, piece)
    left -= piece.length
  }
  closeSync(file)
  return hasher
}

export function randomBytes(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  // getRandomValues takes 64 KiB at a time.
  for (let at = 0; at < sizeBytes; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return bytes
}

function createBlobFile(path: string, sizeBytes: number, hasher: Bun.CryptoHasher): BlobFile {
  const blob: BlobFile = {
    path,
    sizeBytes,
    digest: "",
    renew: () => {
      const tail = createTail(hasher)
      const file = openSync(path, "r+")
      writeSync(file, tail.bytes, 0, TAIL_BYTES, sizeBytes - TAIL_BYTES)
      closeSync(file)
      blob.digest = tail.digest
    },
  }
  blob.renew()
  return blob
}
