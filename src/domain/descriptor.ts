import { isDigest, type Digest } from "./digest.ts"
import { RegistryError } from "./errors.ts"
import { findMiscasedKey, type KeyOwner } from "./manifest-keys.ts"

/** image-spec descriptor.md; only the fields that a registry reads. */
export interface Descriptor {
  mediaType: string
  digest: Digest
  /** Bytes. */
  size: number
  urls?: string[]
  platform?: { os?: string; architecture?: string }
  artifactType?: string
  annotations?: Record<string, string>
}

/** `at` names the place in the manifest for the error. Throws MANIFEST_INVALID. */
export function parseDescriptor(value: unknown, at: string): Descriptor {
  if (!isRecord(value)) throw invalidManifest(`${at} is not a descriptor`)
  refuseMiscasedKeys("descriptor", value, at)
  const { mediaType, digest, size } = value
  if (typeof mediaType !== "string") throw invalidManifest(`${at}.mediaType is missing`)
  if (typeof digest !== "string" || !isDigest(digest)) {
    throw invalidManifest(`${at}.digest is not a sha256 or sha512 digest`)
  }
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw invalidManifest(`${at}.size is not a whole number of bytes`)
  }
  const descriptor: Descriptor = { mediaType, digest, size }
  if (value["urls"] !== undefined && value["urls"] !== null) descriptor.urls = parseUrls(value["urls"], at)
  if (isRecord(value["platform"])) descriptor.platform = parsePlatform(value["platform"], `${at}.platform`)
  if (typeof value["artifactType"] === "string") descriptor.artifactType = value["artifactType"]
  const annotations = parseAnnotations(value["annotations"], at)
  if (annotations !== undefined) descriptor.annotations = annotations
  return descriptor
}

/** Throws MANIFEST_INVALID unless the value is absent or an object of strings. */
export function parseAnnotations(value: unknown, at: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isRecord(value)) throw invalidManifest(`${at}.annotations is not an object`)
  for (const key in value) {
    if (typeof value[key] !== "string") throw invalidManifest(`${at}.annotations has a value that is not a string`)
  }
  return value as Record<string, string>
}

/** Throws MANIFEST_INVALID where a key is one that the owner has, in another case. */
export function refuseMiscasedKeys(owner: KeyOwner, value: Record<string, unknown>, at: string): void {
  const key = findMiscasedKey(owner, value)
  if (key !== undefined) throw invalidManifest(`${at} has the key ${JSON.stringify(key)} in the wrong case`)
}

export function invalidManifest(message: string): RegistryError {
  return new RegistryError("MANIFEST_INVALID", `manifest invalid: ${message}`, { detail: message })
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function parseUrls(value: unknown, at: string): string[] {
  if (Array.isArray(value) && value.every((url) => typeof url === "string")) return value
  throw invalidManifest(`${at}.urls is not a list of strings`)
}

function parsePlatform(value: Record<string, unknown>, at: string): { os?: string; architecture?: string } {
  refuseMiscasedKeys("platform", value, at)
  return {
    ...(typeof value["os"] === "string" && { os: value["os"] }),
    ...(typeof value["architecture"] === "string" && { architecture: value["architecture"] }),
  }
}
