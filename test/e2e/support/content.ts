import { createCipheriv, createHash } from "node:crypto"

/** The digest of these bytes, as it stands in manifests: `sha256:…`. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`
}

/** Bytes that do not compress, and are the same ones for the same seed. */
export function noise(sizeBytes: number, seed: number): Uint8Array {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, "berth"), Buffer.alloc(16, seed))
  return cipher.update(Buffer.alloc(sizeBytes))
}
