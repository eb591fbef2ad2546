import { expect } from "bun:test"
import type { RepositoryName } from "../../domain/repository-name.ts"
import { newManifest } from "./fixture.contract.ts"
import type { ReviewKind } from "./gc.ts"
import type { ManifestPut } from "./manifests.ts"
import type { Metadata } from "./metadata.ts"
import type { Scene } from "./scene.contract.ts"

export const HOUR = 3_600_000
const KINDS: readonly ReviewKind[] = ["untagged", "manifest", "link", "blob", "repository"]

interface Collecting {
  held?: readonly RepositoryName[]
  untagged?: boolean
  /** These go for good at once. */
  endsUntagged?: boolean
  /** Rows in one step. */
  limit?: number
}

/** Reviews with a grace of an hour for everything, until nothing is due. Gives what was collected, by kind. */
export async function collectAll(
  { metadata, clock }: Pick<Scene, "metadata" | "clock">,
  { held = [], untagged = false, endsUntagged = false, limit = 2 }: Collecting = {},
): Promise<Partial<Record<ReviewKind, number>>> {
  const before = clock.now() - HOUR
  const cutoffs = { touchedBefore: before, deletedBefore: before, ...(untagged && { untaggedBefore: before }) }
  const collected: Partial<Record<ReviewKind, number>> = {}
  for (const kind of KINDS) {
    for (;;) {
      const outcome = await metadata.gc.review(kind, { ...cutoffs, endsUntagged, held, limit })
      const count = outcome.collected.length
      if (count > 0) collected[kind] = (collected[kind] ?? 0) + count
      // An index lets go of its children.
      if (!outcome.hasMore && !(kind === "untagged" && count > 0)) break
    }
  }
  return collected
}

/** Gives how many steps it took. */
export async function surveyAll(metadata: Metadata, limit = 3): Promise<number> {
  let steps = 0
  for (let position: string | undefined = ""; position !== undefined; steps++) {
    position = await metadata.gc.survey(position, limit)
  }
  return steps
}

export async function putNewManifest(
  { metadata, repository }: Pick<Scene, "metadata" | "repository">,
  changes: Partial<ManifestPut> = {},
): Promise<ManifestPut> {
  const manifest = newManifest(repository, changes)
  expect(await metadata.manifests.put(manifest)).toEqual({ missing: [] })
  return manifest
}
