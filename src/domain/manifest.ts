import {
  invalidManifest,
  isRecord,
  parseAnnotations,
  parseDescriptor,
  refuseMiscasedKeys,
  type Descriptor,
} from "./descriptor.ts"
import type { Digest } from "./digest.ts"
import { refuseExcess } from "./manifest-shape.ts"
import { essence, isDockerMediaType, isIndexMediaType, isManifestMediaType, isNonDistributable } from "./media-type.ts"
import type { ManifestMediaType } from "./media-type.ts"

/** A manifest's meaning. The stored and served bytes are always those that were pushed. */
export interface Manifest {
  mediaType: ManifestMediaType
  /** Images and artifacts have a config and layers; indexes have manifests. */
  config?: Descriptor
  layers: Descriptor[]
  manifests: Descriptor[]
  subject?: Descriptor
  /** What referrers are filtered by: the manifest's own, else the config's media type (distribution-spec, "Listing Referrers"). */
  artifactType?: string
  annotations?: Record<string, string>
}

export type ReferenceKind = "config" | "layer" | "manifest" | "subject"

export interface ManifestReference {
  kind: ReferenceKind
  digest: Digest
  sizeBytes: number
  /** Whether the manifest is refused while the repository lacks the referenced content. */
  isRequired: boolean
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Reads a pushed manifest. Throws MANIFEST_INVALID, naming the place. `maxReferences` bounds the work, not only the answer. */
export function parseManifest(bytes: Uint8Array, contentType: string | null, maxReferences: number): Manifest {
  const type = essence(contentType ?? "")
  if (!isManifestMediaType(type)) {
    throw invalidManifest(
      `the Content-Type ${type === "" ? "is missing" : `${quote(type)} is not that of a known manifest`}`,
    )
  }
  refuseExcess(bytes, maxReferences)
  const value = parseJson(bytes)
  refuseMiscasedKeys("manifest", value, "the manifest")
  if (value["schemaVersion"] !== 2) throw invalidManifest("schemaVersion is not 2")
  const stated = value["mediaType"]
  if (stated !== undefined ? stated !== type : isDockerMediaType(type)) {
    throw invalidManifest(`mediaType ${quote(stated)} is not the Content-Type ${type}`)
  }
  const manifest = isIndexMediaType(type) ? parseIndex(value, maxReferences) : parseImage(value, maxReferences)
  const annotations = parseAnnotations(value["annotations"], "manifest")
  return {
    ...manifest,
    mediaType: type,
    ...(value["subject"] !== undefined && { subject: parseDescriptor(value["subject"], "subject") }),
    ...(annotations !== undefined && { annotations }),
  }
}

/** All that the manifest names, each digest once a kind; required if any that name it require it. */
export function listReferences(
  manifest: Manifest,
  needsChild: (child: Descriptor) => boolean = () => true,
): ManifestReference[] {
  const all = [
    ...(manifest.config === undefined ? [] : [reference("config", manifest.config)]),
    ...manifest.layers.map((layer) => reference("layer", layer)),
    ...manifest.manifests.map((child) => ({ ...reference("manifest", child), isRequired: needsChild(child) })),
    ...(manifest.subject === undefined ? [] : [reference("subject", manifest.subject)]),
  ]
  const references = new Map<string, ManifestReference>()
  for (const one of all) {
    const key = `${one.kind} ${one.digest}`
    const known = references.get(key)
    references.set(key, known === undefined ? one : { ...known, isRequired: known.isRequired || one.isRequired })
  }
  return [...references.values()]
}

/** The child that a client gets which knows no indexes (distribution's fallback for `docker pull` of old). */
export function findDefaultPlatform(manifest: Manifest): Descriptor | undefined {
  return manifest.manifests.find(({ platform }) => platform?.os === "linux" && platform.architecture === "amd64")
}

function reference(kind: ReferenceKind, descriptor: Descriptor): ManifestReference {
  const isRequired = kind === "subject" ? false : !(kind === "layer" && isNonDistributable(descriptor.mediaType))
  return { kind, digest: descriptor.digest, sizeBytes: descriptor.size, isRequired }
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(UTF8.decode(bytes))
  } catch {
    throw invalidManifest("the body is not JSON in UTF-8")
  }
  if (!isRecord(value)) throw invalidManifest("the body is not a JSON object")
  return value
}

function parseImage(value: Record<string, unknown>, maxReferences: number): Omit<Manifest, "mediaType"> {
  if (value["manifests"] !== undefined) throw invalidManifest("manifests belongs to an index, not beside layers")
  const config = parseDescriptor(value["config"], "config")
  const layers = parseDescriptors(value["layers"], "layers", maxReferences)
  return { config, layers, manifests: [], artifactType: readArtifactType(value) ?? config.mediaType }
}

function parseIndex(value: Record<string, unknown>, maxReferences: number): Omit<Manifest, "mediaType"> {
  if (value["layers"] !== undefined || value["config"] !== undefined) {
    throw invalidManifest("layers and config belong to an image manifest, not to an index")
  }
  const manifests = parseDescriptors(value["manifests"], "manifests", maxReferences)
  const artifactType = readArtifactType(value)
  return { layers: [], manifests, ...(artifactType !== undefined && { artifactType }) }
}

function readArtifactType(value: Record<string, unknown>): string | undefined {
  const type = value["artifactType"]
  if (type === undefined || type === "") return undefined
  if (typeof type !== "string") throw invalidManifest("artifactType is not a string")
  return type
}

// A message repeats little of the client's own text: a manifest of 4 MiB is not to be answered with as much, and a
// deeply nested value cannot be printed at all.
function quote(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : typeof value
}

function parseDescriptors(value: unknown, at: string, maxReferences: number): Descriptor[] {
  // Programs in Go write an empty list as null.
  if (value === null) return []
  if (!Array.isArray(value)) throw invalidManifest(`${at} is not a list`)
  if (value.length > maxReferences) throw invalidManifest(`${at} has more than ${maxReferences} entries`)
  return value.map((entry: unknown, index) => parseDescriptor(entry, `${at}[${index}]`))
}
