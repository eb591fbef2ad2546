import { createRandom } from "./random.ts"

/** The bytes of a blob, as the ledger keeps them: they are made again from these two numbers when they are compared. */
export interface Content {
  seed: number
  sizeBytes: number
}

export type Algorithm = "sha256" | "sha512"

export function contentBytes({ seed, sizeBytes }: Content): Uint8Array<ArrayBuffer> {
  const random = createRandom(seed)
  const words = new Uint32Array(Math.ceil(sizeBytes / 4))
  for (let i = 0; i < words.length; i++) words[i] = random.below(2 ** 32)
  return new Uint8Array(words.buffer, 0, sizeBytes)
}

export function digestOf(bytes: Uint8Array | string, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${new Bun.CryptoHasher(algorithm).update(bytes).digest("hex")}`
}

export function algorithmOf(digest: string): Algorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256"
}

export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
