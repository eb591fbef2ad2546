import { resolve } from "node:path"
import { verifyReads } from "../adapters/blob-store/verified.ts"
import { systemClock as clock } from "../adapters/clock/system.ts"
import { randomIds as ids } from "../adapters/ids/random.ts"
import { pauseForOthers as pause, restForOthers } from "../adapters/pause/event-loop.ts"
import type { Config, LimitsConfig, NotificationsConfig } from "../config/config.ts"
import type { Identity } from "../ports/identity.ts"
import type { Rest } from "../ports/pause.ts"
import type { Logger } from "../ports/logger.ts"
import { createAccess, type Access } from "../services/access.ts"
import { createAdoptingMetadata } from "../services/adopting-metadata.ts"
import { createAdoption, type Adoption } from "../services/adoption.ts"
import { createBackups, type Backups } from "../services/backup.ts"
import { createBlobs, type Blobs } from "../services/blobs.ts"
import { createCatalog, type Catalog } from "../services/catalog.ts"
import { createExports, type Exports } from "../services/exports.ts"
import { createFsck, type Fsck } from "../services/fsck.ts"
import { createGc, type Gc } from "../services/gc.ts"
import { createGcListing, type GcListing } from "../services/gc-listing.ts"
import { createHistory, type History } from "../services/history.ts"
import { createJobs, type Jobs } from "../services/jobs.ts"
import { createManifestCache } from "../services/manifest-cache.ts"
import { createManifestDeletion, type ManifestDeletion } from "../services/manifest-deletion.ts"
import { createManifests, type Manifests } from "../services/manifests.ts"
import { createPulls, type Pulls } from "../services/pulls.ts"
import { createReferrers, type Referrers } from "../services/referrers.ts"
import { createRepositories, type Repositories } from "../services/repositories.ts"
import { createScrub, type Scrub } from "../services/scrub.ts"
import { createFindLost } from "../services/stored-references.ts"
import { createTags, type Tags } from "../services/tags.ts"
import { createTouches } from "../services/touches.ts"
import { createUploads, type UploadLimits, type Uploads } from "../services/uploads.ts"
import { createRehearsal } from "./rehearsal.ts"
import { createEventServices, type EventServices } from "./events.ts"
import type { Storage } from "./storage.ts"

/** The use cases, for the server and for commands that open the store themselves. */
export interface Services extends EventServices {
  access: Access
  adoption: Adoption
  backups: Backups
  blobs: Blobs
  catalog: Catalog
  exports: Exports
  fsck: Fsck
  gc: Gc
  gcListing: GcListing
  history: History
  jobs: Jobs
  manifestDeletion: ManifestDeletion
  manifests: Manifests
  pulls: Pulls
  referrers: Referrers
  repositories: Repositories
  scrub: Scrub
  tags: Tags
  uploads: Uploads
}

export interface LiveServices extends Services {
  /** What begins from now on has these limits. */
  setLimits(limits: LimitsConfig): void
  /** So do the next event and the next attempt. */
  setNotifications(notifications: NotificationsConfig): void
}

interface ServiceParts {
  storage: Storage
  identity: Identity
  log: Logger
  /** Names the server in its events. */
  hostname: string
  /** Between the steps of work in the background. Absent: it lets others have their turn, no more. */
  rest?: Rest
}

export function createServices(
  config: Config,
  { storage, identity, log, hostname, rest = restForOthers }: ServiceParts,
): LiveServices {
  const { store, links } = storage
  const { limits, validation } = config
  const { adoption: records, repositories } = storage.metadata
  const adoption = createAdoption({ links, store, records, repositories, clock, pause, limits })
  const metadata = createAdoptingMetadata(storage.metadata, adoption)
  const access = createAccess(identity, config.storage)
  const pulls = createPulls({ manifests: metadata.manifests, clock })
  // The services look at these whenever they need them: what is changed here counts at once.
  const uploadLimits = listUploadLimits(limits)
  const rules = {
    maxReferences: limits.manifestReferences,
    requiredPlatforms: validation.requiredPlatforms,
    urls: validation.manifestUrls,
  }
  const jobs = createJobs({ clock, ids, log })
  const touches = createTouches({
    ...metadata,
    unrecorded: storage.unrecorded,
    clock,
    log,
    graceSeconds: config.gc.graceSeconds,
    collectsUntagged: config.gc.untaggedSeconds !== undefined,
  })
  const eventServices = createEventServices(config, { metadata, log, hostname })
  const { events } = eventServices
  const manifestDeletion = createManifestDeletion({ ...metadata, pause, events })
  const cache = createManifestCache()
  const scrub = createScrub({
    records: storage.metadata.scrub,
    manifests: storage.metadata.manifests,
    store,
    clock,
    log,
    cache,
    ...(config.scrub.enabled && { bytesPerSecond: config.scrub.bytesPerSecond }),
  })
  const gc = createGc({
    records: storage.metadata.gc,
    store,
    adoption,
    touches,
    clock,
    rest,
    log,
    isReadOnly: config.storage.readOnly,
    rules: { ...config.gc, keepSeconds: config.history.keepSeconds },
    rehearse: createRehearsal({ backup: storage.metadata.backup, ids, clock }),
  })
  const readStore = config.scrub.verifyReads ? verifyReads(store, scrub.suspect) : store
  return {
    setLimits: (next) => {
      Object.assign(uploadLimits, listUploadLimits(next))
      rules.maxReferences = next.manifestReferences
    },
    access,
    adoption,
    backups: createBackups({ records: storage.metadata.backup, clock, ids, gc, root: findRoot(config) }),
    blobs: createBlobs({ blobs: metadata.blobs, store: readStore, access, touches, events, suspect: scrub.suspect }),
    catalog: createCatalog({ repositories: metadata.repositories, access, pause, adoption }),
    exports: createExports({
      records: storage.metadata.exports,
      blobs: storage.metadata.blobs,
      gc,
      manifests: storage.metadata.manifests,
      store,
      links,
      ids,
      adoption,
    }),
    gc,
    gcListing: createGcListing({ ...storage.metadata, records: storage.metadata.gc, pause }),
    fsck: createFsck({
      ...storage.metadata,
      records: storage.metadata.fsck,
      blobs: storage.metadata.scrub,
      rules,
      store,
      scrub,
      clock,
      pause,
    }),
    history: createHistory({ ...metadata, events }),
    jobs,
    manifestDeletion,
    manifests: createManifests({
      ...metadata,
      touches,
      cache,
      pulls,
      rules,
      events,
      findLost: createFindLost({ ...metadata, store }),
    }),
    ...eventServices,
    pulls,
    referrers: createReferrers(metadata),
    repositories: createRepositories({ ...metadata, jobs, pause, adoption, events }),
    scrub,
    tags: createTags({ ...metadata, manifestDeletion, events }),
    uploads: createUploads({ ...metadata, store, clock, ids, limits: uploadLimits, events }),
  }
}

function listUploadLimits({ uploads, blobBytes }: LimitsConfig): UploadLimits {
  return { openUploads: uploads, blobBytes }
}

function findRoot({ storage }: Config): string {
  return storage.kind === "filesystem" ? resolve(storage.root) : ""
}
