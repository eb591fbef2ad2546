import { isRecord } from "./descriptor.ts"
import type { EventReference } from "./event.ts"

const PLATFORM_TEXTS = ["architecture", "os", "os.version", "variant"] as const

/** What a stored manifest names, in its order: config and layers, or the manifests of an index. A subject is not among them. */
export function listEventReferences(bytes: Uint8Array): EventReference[] {
  const manifest: unknown = JSON.parse(new TextDecoder().decode(bytes))
  if (!isRecord(manifest)) return []
  const { config, layers, manifests } = manifest
  const all = Array.isArray(manifests) ? manifests : [config, ...(Array.isArray(layers) ? layers : [])]
  return all.flatMap((each: unknown) => (isRecord(each) ? [toReference(each)] : []))
}

/** In the order of the fields of image-spec's `Descriptor`; empty ones are left out, as Go does. */
function toReference(descriptor: Record<string, unknown>): EventReference {
  const { mediaType, digest, size, urls, annotations, data, platform, artifactType } = descriptor
  return {
    mediaType: String(mediaType),
    digest: String(digest),
    size: Number(size),
    ...(isFilledList(urls) && { urls: urls.map(String) }),
    ...(isRecord(annotations) && Object.keys(annotations).length > 0 && { annotations: sortKeys(annotations) }),
    ...(typeof data === "string" && data !== "" && { data }),
    ...(isRecord(platform) && { platform: toPlatform(platform) }),
    ...(typeof artifactType === "string" && artifactType !== "" && { artifactType }),
  }
}

function toPlatform(platform: Record<string, unknown>): NonNullable<EventReference["platform"]> {
  const [architecture = "", os = "", version = "", variant = ""] = PLATFORM_TEXTS.map((key) =>
    typeof platform[key] === "string" ? platform[key] : "",
  )
  const features = platform["os.features"]
  return {
    architecture,
    os,
    ...(version !== "" && { "os.version": version }),
    ...(isFilledList(features) && { "os.features": features.map(String) }),
    ...(variant !== "" && { variant }),
  }
}

function isFilledList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0
}

function sortKeys(annotations: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(annotations).map(([key, value]): [string, string] => [key, String(value)])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
