import { invalidManifest, isRecord, parseDescriptor, type Descriptor } from "./descriptor.ts"
import { RegistryError } from "./errors.ts"
import { isRepositoryName, type RepositoryName } from "./repository-name.ts"
import { isTag, type Tag } from "./tag.ts"

/** What an image layout calls a manifest (image-spec annotations.md); skopeo, podman and regctl find it by this. */
export const REF_NAME = "org.opencontainers.image.ref.name"
/** What containerd calls an image, and docker and podman load it as. */
export const IMAGE_NAME = "io.containerd.image.name"
/** Ours: the repository, also of what has no tag. */
export const REPOSITORY = "dev.berth.repository"

const MAX_ROOTS = 100_000

/** An entry of `index.json` as it was written, with what is read of it. */
export interface LayoutRoot {
  descriptor: Descriptor
  /** All of its keys. */
  entry: Record<string, unknown>
}

/** Where an entry belongs in a registry. */
export interface Placement {
  repository?: RepositoryName
  tag?: Tag
}

/** Reads `index.json`. Throws MANIFEST_INVALID, naming the place. */
export function parseLayoutIndex(bytes: Uint8Array): LayoutRoot[] {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    throw invalidManifest("index.json is not JSON in UTF-8")
  }
  const manifests = isRecord(value) ? (value["manifests"] ?? []) : undefined
  if (!Array.isArray(manifests)) throw invalidManifest("index.json has no list of manifests")
  if (manifests.length > MAX_ROOTS) throw invalidManifest(`index.json has more than ${MAX_ROOTS} entries`)
  return manifests.map((entry: unknown, index) => ({
    descriptor: parseDescriptor(entry, `manifests[${index}] of index.json`),
    entry: entry as Record<string, unknown>,
  }))
}

/** Reads where an entry belongs from what clients write: a whole name, or a tag alone. */
export function readPlacement({ annotations = {} }: Descriptor): Placement {
  const own = annotations[REPOSITORY] ?? ""
  const refName = annotations[REF_NAME] ?? ""
  const named = [refName, annotations[IMAGE_NAME] ?? ""].map(parseImageName)
  const repository = isRepositoryName(own) ? own : named.find((each) => each.repository !== undefined)?.repository
  const tag = named.find((each) => each.tag !== undefined)?.tag ?? (isTag(refName) ? refName : undefined)
  return { ...(repository !== undefined && { repository }), ...(tag !== undefined && { tag }) }
}

/** `host:5000/team/app:v1` and what is left of it when parts are missing; a name without a tag is none. */
function parseImageName(text: string): Placement {
  const name = text.split("@")[0] ?? ""
  const colon = name.lastIndexOf(":")
  if (colon <= name.lastIndexOf("/")) return {}
  const [path, tag] = [name.slice(0, colon), name.slice(colon + 1)]
  const first = path.split("/")[0] ?? ""
  const isHost = path.includes("/") && (/[.:]/.test(first) || first === "localhost")
  const repository = isHost ? path.slice(first.length + 1) : path
  return isRepositoryName(repository) && isTag(tag) ? { repository, tag } : {}
}

/** `team/app`, `team/app:v1` or `team/app@sha256:…`. Throws NAME_INVALID or REQUEST_INVALID. */
export interface ImageReference {
  repository: RepositoryName
  /** A tag or a digest. */
  reference?: string
}

export function parseImageReference(text: string): ImageReference {
  const at = text.indexOf("@")
  const colon = text.lastIndexOf(":")
  const end = at >= 0 ? at : colon > text.lastIndexOf("/") ? colon : text.length
  const repository = text.slice(0, end)
  if (!isRepositoryName(repository)) {
    throw new RegistryError("NAME_INVALID", `${JSON.stringify(repository.slice(0, 255))} is no name of a repository`)
  }
  return end === text.length ? { repository } : { repository, reference: text.slice(end + 1) }
}
