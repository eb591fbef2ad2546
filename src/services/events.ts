import type { Digest } from "../domain/digest.ts"
import { listEventReferences } from "../domain/event-references.ts"
import { isToldIn, type EventAction, type EventFormat, type EventTarget, type RegistryEvent } from "../domain/event.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { Clock } from "../ports/clock.ts"
import type { Ids } from "../ports/ids.ts"
import type { Logger } from "../ports/logger.ts"
import type { BlobRecord } from "../ports/metadata/blobs.ts"
import type { Deletion, EventAppend, EventDraft, EventRecords, PushTelling } from "../ports/metadata/events.ts"
import type { ManifestDeletion, ManifestRecord } from "../ports/metadata/manifests.ts"
import type { EventMeter } from "./event-meter.ts"
import { createPullEvents } from "./pull-events.ts"
import type { RequestContext } from "./request-context.ts"

/**
 * Makes the events of changes, to be stored in the transaction of the change itself, and notes those of pulls. Gives
 * `undefined`, or nothing to store, where no endpoint wants to know.
 */
export interface Events {
  /** One for each tag, or one without where there is none. */
  describeManifestPush(context: RequestContext, manifest: PushedManifest, tags: Tag[]): EventAppend | undefined
  describeManifestDelete(
    context: RequestContext,
    repository: RepositoryName,
    digest: Digest,
  ): Pick<ManifestDeletion, "events" | "tagEvent">
  describeTagDelete(context: RequestContext, repository: RepositoryName, tag: Tag): Pick<Deletion, "events">
  /** One event for the whole repository, with all that was in it. */
  describeRepositoryDelete(context: RequestContext, repository: RepositoryName): Pick<Deletion, "events">
  /** As pushes of whatever manifests come back, which only the restoration finds out. */
  describeRestoration(context: RequestContext, repository: RepositoryName): { telling?: PushTelling }
  /** Counts what a restoration has told: the number of events of each endpoint. */
  countRestored(told: Readonly<Record<string, number>>): void
  describeBlobPush(context: RequestContext, repository: RepositoryName, blob: BlobRecord): EventAppend | undefined
  describeBlobMount(context: RequestContext, blob: BlobRecord, mount: Mount): EventAppend | undefined
  describeBlobDelete(context: RequestContext, repository: RepositoryName, digest: Digest): EventAppend | undefined
  /** Returns at once; the event is written soon. */
  noteManifestPull(
    context: RequestContext,
    manifest: ManifestRecord,
    at: { repository: RepositoryName; tag?: Tag },
  ): void
  noteBlobPull(context: RequestContext, repository: RepositoryName, blob: BlobRecord): void
  /** Resolves when the events of all pulls so far are written, or lost. */
  flush(): Promise<void>
}

export interface PushedManifest {
  repository: RepositoryName
  digest: Digest
  mediaType: string
  bytes: Uint8Array
}

interface Mount {
  from: RepositoryName
  to: RepositoryName
}

/** What an endpoint is told. */
export interface EventEndpoint {
  name: string
  format: EventFormat
  ignoredMediaTypes: readonly string[]
  ignoredActions: readonly string[]
}

/** Looked at whenever they are needed: what is changed here counts at once. */
export interface EventRules {
  endpoints: readonly EventEndpoint[]
  includesReferences: boolean
  maxWaiting: number
  source: RegistryEvent["source"]
}

interface Dependencies {
  events: EventRecords
  clock: Clock
  ids: Ids
  log: Logger
  meter: EventMeter
  rules: EventRules
}

/** What distribution calls every blob. */
const BLOB_MEDIA_TYPE = "application/octet-stream"
const NO_REQUEST = { id: "", addr: "", host: "", method: "", useragent: "", baseUrl: "" }

export function createEvents({ events, clock, ids, log, meter, rules }: Dependencies): Events {
  const pulls = createPullEvents({ events, clock, log, rules, meter })

  function draft(context: RequestContext, action: EventAction, target: EventTarget): EventDraft | undefined {
    const endpoints = rules.endpoints.filter((each) => isWanted(each, action, target)).map(({ name }) => name)
    if (endpoints.length === 0) return undefined
    const baseUrl = context.source?.baseUrl ?? ""
    const url = action === "delete" || baseUrl === "" ? undefined : locate(baseUrl, target)
    for (const endpoint of endpoints) meter.count(endpoint, "events")
    return { event: newEvent(context, action, { ...target, ...(url !== undefined && { url }) }), endpoints }
  }

  function newEvent(context: RequestContext, action: EventAction, target: EventTarget): RegistryEvent {
    const { baseUrl: _, ...request } = context.source ?? NO_REQUEST
    const actor = context.actor.id
    return {
      id: ids.create(),
      at: clock.now(),
      action,
      target,
      request,
      ...(actor !== "anonymous" && { actor }),
      source: rules.source,
    }
  }

  function append(...drafts: (EventDraft | undefined)[]): EventAppend | undefined {
    const wanted = drafts.filter((each) => each !== undefined)
    return wanted.length === 0 ? undefined : { drafts: wanted, maxWaiting: rules.maxWaiting }
  }

  return {
    describeManifestPush: (context, { repository, digest, mediaType, bytes }, tags) => {
      if (rules.endpoints.length === 0) return undefined
      const target = {
        kind: "manifest" as const,
        repository,
        mediaType,
        digest,
        sizeBytes: bytes.length,
        ...(rules.includesReferences && { references: listEventReferences(bytes) }),
      }
      const targets = tags.length === 0 ? [target] : tags.map((tag) => ({ ...target, tag }))
      return append(...targets.map((each) => draft(context, "push", each)))
    },
    describeManifestDelete: (context, repository, digest) => {
      const told = append(draft(context, "delete", { kind: "manifest", repository, digest }))
      const tagEvent = draft(context, "delete", { kind: "tag", repository })
      return { ...(told && { events: told }), ...(tagEvent && { tagEvent }) }
    },
    describeTagDelete: (context, repository, tag) => {
      const told = append(draft(context, "delete", { kind: "tag", repository, tag }))
      return told === undefined ? {} : { events: told }
    },
    describeRepositoryDelete: (context, repository) => {
      const told = append(draft(context, "delete", { kind: "repository", repository }))
      return told === undefined ? {} : { events: told }
    },
    describeRestoration: (context, repository) => {
      const target = { kind: "manifest" as const, repository }
      const endpoints = rules.endpoints
        .filter((each) => isWanted({ ...each, ignoredMediaTypes: [] }, "push", target))
        .map(({ name, ignoredMediaTypes }) => ({ name, ignoredMediaTypes }))
      if (endpoints.length === 0) return {}
      // Of a command there is no URL to tell.
      const told = rules.includesReferences ? { ...target, references: "stored" as const } : target
      return { telling: { event: newEvent(context, "push", told), endpoints, maxWaiting: rules.maxWaiting } }
    },
    countRestored: (told) => {
      for (const [endpoint, times] of Object.entries(told)) meter.count(endpoint, "events", times)
    },
    describeBlobPush: (context, repository, blob) => append(draft(context, "push", describeBlob(repository, blob))),
    describeBlobMount: (context, blob, { from, to }) =>
      append(draft(context, "mount", { ...describeBlob(to, blob), fromRepository: from })),
    describeBlobDelete: (context, repository, digest) =>
      append(draft(context, "delete", { kind: "blob", repository, digest })),
    noteManifestPull: (context, { digest, mediaType, sizeBytes }, { repository, tag }) => {
      if (rules.endpoints.length === 0) return
      const target = { kind: "manifest" as const, repository, mediaType, digest, sizeBytes, ...(tag && { tag }) }
      pulls.add(draft(context, "pull", rules.includesReferences ? { ...target, references: "stored" } : target))
    },
    noteBlobPull: (context, repository, blob) => {
      if (rules.endpoints.length > 0) pulls.add(draft(context, "pull", describeBlob(repository, blob)))
    },
    flush: () => pulls.flush(),
  }
}

/** What was deleted has no media type, and is told to whoever does not ignore deleting. */
function isWanted(endpoint: EventEndpoint, action: EventAction, target: EventTarget): boolean {
  return (
    !endpoint.ignoredActions.includes(action) &&
    !endpoint.ignoredMediaTypes.includes(target.mediaType ?? "") &&
    isToldIn(endpoint.format, { action, target })
  )
}

function describeBlob(repository: RepositoryName, { digest, sizeBytes }: BlobRecord): EventTarget {
  return { kind: "blob", repository, mediaType: BLOB_MEDIA_TYPE, digest, sizeBytes }
}

function locate(baseUrl: string, { kind, repository, digest }: EventTarget): string {
  return `${baseUrl}v2/${repository}/${kind === "blob" ? "blobs" : "manifests"}/${digest ?? ""}`
}
