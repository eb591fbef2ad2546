import { emptyLinkTree } from "../../adapters/link-tree/empty.ts"
import { createMemoryBlobStore } from "../../adapters/blob-store/memory/memory.ts"
import { createMemoryLogger } from "../../adapters/logger/memory.ts"
import { createMetadata } from "../../adapters/metadata/metadata.ts"
import type { LinkTree } from "../../ports/link-tree.ts"
import { createManualClock } from "../../ports/metadata/fixture.contract.ts"
import { createAdoption } from "../../services/adoption.ts"
import { createBackups } from "../../services/backup.ts"
import { createDeliveries } from "../../services/deliveries.ts"
import { createEventMeter } from "../../services/event-meter.ts"
import { createExports } from "../../services/exports.ts"
import { createGc } from "../../services/gc.ts"
import { createGcListing } from "../../services/gc-listing.ts"
import { createFsck } from "../../services/fsck.ts"
import { createHistory } from "../../services/history.ts"
import { createJobs } from "../../services/jobs.ts"
import { createManifestDeletion } from "../../services/manifest-deletion.ts"
import { createRepositories } from "../../services/repositories.ts"
import { createScrub } from "../../services/scrub.ts"
import { createTags } from "../../services/tags.ts"
import { createApi, type ApiServices } from "./app.ts"

/** The API on memory adapters, and once more in read-only mode. */
export async function openApi(links: LinkTree = emptyLinkTree) {
  const clock = createManualClock()
  let created = 0
  const ids = { create: () => `id-${++created}` }
  const log = createMemoryLogger()
  const pause = () => Promise.resolve()
  const metadata = await createMetadata({ path: ":memory:", clock })
  const jobs = createJobs({ clock, ids, log })
  const parts = { ...metadata, events: undefined, pause }
  const manifestDeletion = createManifestDeletion(parts)
  const store = createMemoryBlobStore()
  const adoption = createAdoption({
    links,
    store,
    records: metadata.adoption,
    repositories: metadata.repositories,
    clock,
    pause,
    limits: { manifestBytes: 1000, manifestReferences: 100 },
  })
  const scrub = createScrub({ records: metadata.scrub, manifests: metadata.manifests, store, clock, log })
  const services: ApiServices = {
    adoption,
    backups: createBackups({
      records: metadata.backup,
      clock,
      ids,
      root: "/data",
      gc: { hold: async () => () => undefined },
    }),
    deliveries: createDeliveries({
      ...metadata,
      clock,
      log,
      meter: createEventMeter(),
      rules: { recipients: [], outbox: { maxWaiting: 10, maxAgeSeconds: 10, keepDeadSeconds: 10 } },
    }),
    exports: createExports({
      ...metadata,
      gc: { hold: () => Promise.resolve(() => undefined) },
      records: metadata.exports,
      links: emptyLinkTree,
      store,
      ids,
      adoption: { runThen: (_, work) => work() },
    }),
    gc: createGc({
      ...metadata,
      records: metadata.gc,
      store,
      adoption,
      touches: {
        settle: () => Promise.resolve(true),
        collect: (step) => step(),
        findTrouble: () => undefined,
        longestGraceSeconds: () => 3600,
      },
      clock,
      rest: () => Promise.resolve(false),
      log,
      isReadOnly: false,
      rules: {
        graceSeconds: 3600,
        sweepDelaySeconds: 60,
        untaggedSeconds: undefined,
        isPaused: false,
        keepSeconds: 3600,
      },
      rehearse: (_, work) => work(metadata.gc),
    }),
    gcListing: createGcListing({ ...metadata, records: metadata.gc, pause }),
    fsck: createFsck({
      ...metadata,
      records: metadata.fsck,
      blobs: metadata.scrub,
      rules: { requiredPlatforms: "all" },
      store,
      scrub,
      clock,
      pause,
    }),
    history: createHistory(parts),
    jobs,
    manifestDeletion,
    repositories: createRepositories({ ...parts, jobs, adoption }),
    scrub,
    tags: createTags({ ...parts, manifestDeletion }),
  }
  const options = { services, ids, log, version: "1.2.3", isAlone: false }
  return {
    api: createApi({ ...options, isReadOnly: false }),
    readOnly: createApi({ ...options, isReadOnly: true }),
    metadata,
    jobs,
    adoption,
    clock,
    log,
  }
}
