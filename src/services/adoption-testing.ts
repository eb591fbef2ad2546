import { Database } from "bun:sqlite"
import { afterEach, beforeEach } from "bun:test"
import { join } from "node:path"
import { createFilesystemBlobStore } from "../adapters/blob-store/filesystem/filesystem.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createFilesystemLinkTree } from "../adapters/link-tree/filesystem.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { pauseForOthers as pause } from "../adapters/pause/event-loop.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import { createManualClock } from "../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import { createDistributionTree, type DistributionTree } from "../../test/support/distribution-tree.ts"
import { createScratch, type Scratch } from "../../test/support/scratch.ts"
import { createAdoption, type Adoption } from "./adoption.ts"

/** A directory that docker-registry writes, and what takes it over. */
export interface AdoptionScene {
  scratch: Scratch
  tree: DistributionTree
  metadata: Metadata
  adoption: Adoption
}

export const LIMITS = { manifestBytes: 4 * 2 ** 20, manifestReferences: 1000 }

const clock = createManualClock(1_700_000_000_000)

/** Gives each test of the file a scene of its own, which changes when something is opened again. */
export function takeOverForEach(use: (scene: AdoptionScene) => void) {
  let scratch: Scratch
  let tree: DistributionTree
  let metadata: Metadata
  let store: BlobStore

  async function openStorage(): Promise<void> {
    metadata = await createMetadata({ path: join(scratch.path, "metadata.db"), clock })
    store = await createFilesystemBlobStore({ root: scratch.path, threads: 1, files: createDiskFiles() })
    await open()
  }

  /** As after a restart: nothing is known but what the database has. */
  async function open(): Promise<void> {
    const links = createFilesystemLinkTree(createDiskFiles(), scratch.path)
    const { adoption: records, repositories } = metadata
    const adoption = createAdoption({ links, store, records, repositories, clock, pause, limits: LIMITS })
    await adoption.open()
    use({ scratch, tree, metadata, adoption })
  }

  async function closeStorage(): Promise<void> {
    await metadata.close()
    await store.close()
  }

  beforeEach(async () => {
    scratch = createScratch("berth-adoption")
    tree = createDistributionTree(scratch.path)
    await openStorage()
  })

  afterEach(async () => {
    await closeStorage()
    scratch[Symbol.dispose]()
  })

  return { open, openStorage, closeStorage }
}

/** Everything that the database has of the directory, but for when it was written. */
export function dump({ scratch }: Pick<AdoptionScene, "scratch">): unknown {
  const database = new Database(join(scratch.path, "metadata.db"), { readonly: true })
  const list = (sql: string) => database.query(sql).all()
  const all = {
    repositories: list("SELECT name, manifest_count FROM repository ORDER BY name"),
    manifests: list("SELECT repository, digest, media_type, size, subject, created_at FROM manifest ORDER BY 1, 2"),
    references: list("SELECT * FROM reference ORDER BY repository, manifest, kind, digest"),
    tags: list("SELECT repository, name, digest, updated_at FROM tag ORDER BY 1, 2"),
    history: list("SELECT repository, tag, digest, previous, at FROM tag_history ORDER BY repository, tag, at, id"),
    blobs: list("SELECT digest, generation, size, verified_at FROM blob ORDER BY digest"),
    links: list("SELECT repository, digest FROM link ORDER BY 1, 2"),
    base: list("SELECT * FROM adopted ORDER BY repository, kind, name"),
    problems: list("SELECT * FROM adoption_problem ORDER BY id"),
  }
  database.close()
  return all
}
