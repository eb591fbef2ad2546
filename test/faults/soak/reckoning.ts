import { readdirSync } from "node:fs"
import { join } from "node:path"
import { WrongAnswerError } from "../client.ts"
import type { Repository } from "../repository.ts"

const LONGEST_MS = 120_000

/**
 * Waits until the files of blobs are exactly those that manifests name, for the server collects without a grace period.
 * A blob that was deleted on request is kept as long as a manifest names it. Gives how many there are.
 */
export async function waitForCollection(root: string, repositories: Iterable<Repository>): Promise<number> {
  const due = listNamed(repositories)
  const deadline = performance.now() + LONGEST_MS
  for (;;) {
    const stored = listStored(root)
    const lost = [...due].filter((digest) => !stored.has(digest))
    if (lost.length > 0) throw new WrongAnswerError(`collected although a manifest names it: ${describe(lost)}`)
    const garbage = [...stored].filter((digest) => !due.has(digest))
    if (garbage.length === 0) return due.size
    if (performance.now() > deadline) throw new WrongAnswerError(`garbage that stays: ${describe(garbage)}`)
    await Bun.sleep(500)
  }
}

function listNamed(repositories: Iterable<Repository>): Set<string> {
  const named = new Set<string>()
  for (const { manifests, pushed } of repositories) {
    for (const manifest of manifests) for (const digest of pushed.get(manifest)?.blobs ?? []) named.add(digest)
  }
  return named
}

/** By digest: of two generations of a blob one is enough. */
function listStored(root: string): Set<string> {
  const blobs = join(root, "docker", "registry", "v2", "blobs")
  const files = readdirSync(blobs, { recursive: true, encoding: "utf8" })
  return new Set(
    files.flatMap((path) => {
      const [, algorithm, hex] = /^(sha\d+)\/[0-9a-f]{2}\/([0-9a-f]+)\/data(?:\.\d+)?$/.exec(path) ?? []
      return hex === undefined ? [] : [`${algorithm}:${hex}`]
    }),
  )
}

function describe(digests: readonly string[]): string {
  return `${digests.length} blobs, the first ${digests.slice(0, 3).join(", ")}`
}
