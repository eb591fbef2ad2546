import { readFileSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { sha256 } from "./content.ts"

/** Lists the digests of all blobs of an OCI layout, sorted. Throws where a blob's bytes are not those its name promises. */
export function listLayoutBlobs(path: string): string[] {
  const directory = join(path, "blobs", "sha256")
  return readdirSync(directory)
    .map((name) => {
      const digest = sha256(readFileSync(join(directory, name)))
      if (digest !== `sha256:${name}`) throw new Error(`${join(directory, name)} holds ${digest}`)
      return digest
    })
    .toSorted((a, b) => a.localeCompare(b))
}
