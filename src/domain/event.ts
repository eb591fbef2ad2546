import type { Digest } from "./digest.ts"
import type { RepositoryName } from "./repository-name.ts"
import type { Tag } from "./tag.ts"

/** Distribution's actions (docs/content/about/notifications.md). */
export type EventAction = "pull" | "push" | "mount" | "delete"

export interface EventTarget {
  /** What the action was done to; a distribution envelope does not say. */
  kind: "manifest" | "blob" | "tag" | "repository"
  repository: RepositoryName
  /** Unknown of what was deleted, as are the size and the URL. */
  mediaType?: string
  digest?: Digest
  sizeBytes?: number
  fromRepository?: RepositoryName
  url?: string
  tag?: Tag
  /** What the manifest names; `"stored"`: to be read from the stored manifest when the event is sent. */
  references?: EventReference[] | "stored"
}

/** A descriptor as the manifest has it. */
export interface EventReference {
  mediaType: string
  digest: string
  size: number
  urls?: string[]
  annotations?: Record<string, string>
  data?: string
  platform?: EventPlatform
  artifactType?: string
}

interface EventPlatform {
  architecture: string
  os: string
  "os.version"?: string
  "os.features"?: string[]
  variant?: string
}

/** The request that an event comes from; of a command all is empty. */
export interface EventRequest {
  id: string
  /** The client's address, with its port where that is known. */
  addr: string
  host: string
  method: string
  useragent: string
}

/** Something that happened in the registry, free of the forms in which it is told. */
export interface RegistryEvent {
  /** A UUID; the same in every attempt to deliver it. */
  id: string
  /** Epoch, milliseconds. */
  at: number
  action: EventAction
  target: EventTarget
  request: EventRequest
  /** The user's name; absent where nobody had to log in. */
  actor?: string
  /** The server: `host:port`, and an identifier that it makes at its start. */
  source: { addr: string; instanceID: string }
}

/** `v1`, `v2`: distribution's envelope under its older and newer media type. */
export type EventFormat = "v1" | "v2" | "cloudevents" | "harbor"

/** Harbor tells of artifacts and their tags, and of nothing that happens to single blobs. */
export function isToldIn(format: EventFormat, { action, target }: Pick<RegistryEvent, "action" | "target">): boolean {
  return format !== "harbor" || (action !== "mount" && (target.kind === "manifest" || target.kind === "tag"))
}
