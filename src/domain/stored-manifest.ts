import { isRecord, parseAnnotations } from "./descriptor.ts"
import { isDigest, type Digest } from "./digest.ts"
import { isRegistryError } from "./errors.ts"
import { listReferences, parseManifest, type ManifestReference, type ReferenceKind } from "./manifest.ts"
import { refuseExcess } from "./manifest-shape.ts"
import {
  DOCKER_SCHEMA1,
  DOCKER_SCHEMA1_SIGNED,
  isManifestMediaType,
  OCI_INDEX,
  OCI_MANIFEST,
  type ManifestMediaType,
} from "./media-type.ts"

/** What bytes mean that another registry accepted as a manifest. */
export interface StoredManifest {
  mediaType: string
  references: ManifestReference[]
  subject?: Digest
  artifactType?: string
  annotations?: Record<string, string>
  /** Why a push of it would be refused. */
  refusal?: string
}

/**
 * Reads a manifest whose media type was not kept beside it: the body says it, or shows it by what it has (distribution
 * tells them apart in the same way). `undefined` where it is no manifest of a known kind.
 */
export function readStoredManifest(bytes: Uint8Array, maxReferences: number): StoredManifest | undefined {
  let value: unknown
  try {
    refuseExcess(bytes, maxReferences)
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
  if (!isRecord(value)) return undefined
  if (value["schemaVersion"] === 1) return readSchema1(value)
  const mediaType = tellMediaType(value)
  if (mediaType === undefined) return undefined
  try {
    const { subject, artifactType, annotations, ...manifest } = parseManifest(bytes, mediaType, maxReferences)
    return {
      mediaType,
      references: listReferences({ ...manifest, ...(subject && { subject }) }),
      ...(subject && { subject: subject.digest }),
      ...(artifactType !== undefined && { artifactType }),
      ...(annotations && { annotations }),
    }
  } catch (error) {
    if (!isRegistryError(error)) throw error
    return { ...readLeniently(value, mediaType), refusal: error.message }
  }
}

/** What a stored manifest has as its layers or children, in its order and as often as it names them; its subject is none of these. */
export function listNamed(bytes: Uint8Array): Digest[] {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return []
  }
  if (!isRecord(value)) return []
  const { config, layers, manifests, fsLayers } = value
  const named = [config, ...listRecords(layers), ...listRecords(manifests)].map(
    (each) => isRecord(each) && each["digest"],
  )
  const ofSchema1 = listRecords(fsLayers).map((layer) => layer["blobSum"])
  return [...named, ...ofSchema1].filter((each): each is Digest => typeof each === "string" && isDigest(each))
}

function tellMediaType(value: Record<string, unknown>): ManifestMediaType | undefined {
  const stated = value["mediaType"]
  if (stated !== undefined && stated !== "") {
    return typeof stated === "string" && isManifestMediaType(stated) ? stated : undefined
  }
  if (Array.isArray(value["manifests"])) return OCI_INDEX
  return isRecord(value["config"]) || Array.isArray(value["layers"]) ? OCI_MANIFEST : undefined
}

/** The layers of schema 1 have no sizes. Its bytes are kept without the signatures, which are not part of its digest. */
function readSchema1(value: Record<string, unknown>): StoredManifest {
  const layers = listRecords(value["fsLayers"]).flatMap((layer) => readReference("layer", layer["blobSum"], 0))
  const mediaType = value["signatures"] === undefined ? DOCKER_SCHEMA1 : DOCKER_SCHEMA1_SIGNED
  return { mediaType, references: keepOnce(layers) }
}

/** Whatever can be told of what it names: so much is kept for it. */
function readLeniently(value: Record<string, unknown>, mediaType: string): StoredManifest {
  const named: [ReferenceKind, unknown][] = [
    ["config", [value["config"]]],
    ["layer", value["layers"]],
    ["manifest", value["manifests"]],
    ["subject", [value["subject"]]],
  ]
  const references = named.flatMap(([kind, list]) =>
    listRecords(list).flatMap(({ digest, size }) => readReference(kind, digest, size)),
  )
  const subject = references.find(({ kind }) => kind === "subject")?.digest
  const annotations = readAnnotations(value["annotations"])
  return {
    mediaType,
    references: keepOnce(references),
    ...(subject && { subject }),
    ...(annotations && { annotations }),
  }
}

function readReference(kind: ReferenceKind, digest: unknown, size: unknown): ManifestReference[] {
  if (typeof digest !== "string" || !isDigest(digest)) return []
  const sizeBytes = typeof size === "number" && Number.isSafeInteger(size) && size > 0 ? size : 0
  return [{ kind, digest, sizeBytes, isRequired: kind !== "subject" }]
}

function keepOnce(references: ManifestReference[]): ManifestReference[] {
  return [...new Map(references.map((each) => [`${each.kind} ${each.digest}`, each])).values()]
}

function listRecords(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function readAnnotations(value: unknown): Record<string, string> | undefined {
  try {
    return parseAnnotations(value, "manifest")
  } catch {
    return undefined
  }
}
