import { createHash, randomBytes as fillRandom } from "node:crypto"

export const OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json"
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
const OCI_EMPTY = "application/vnd.oci.empty.v1+json"
export const DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"

export type Bytes = Uint8Array<ArrayBuffer>
export type Algorithm = "sha256" | "sha512"

export interface Descriptor {
  mediaType: string
  digest: string
  size: number
  artifactType?: string
  annotations?: Record<string, string>
  urls?: string[]
  data?: string
  platform?: { os: string; architecture: string }
}

export function digestOf(content: string | Bytes, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(content).digest("hex")}`
}

/** Content that no other test has pushed. */
export function randomBytes(size: number): Bytes {
  return Uint8Array.from(fillRandom(size))
}

export function bytesOf(text: string): Bytes {
  return Uint8Array.from(new TextEncoder().encode(text))
}

export function toJsonBytes(value: unknown): Bytes {
  return bytesOf(JSON.stringify(value))
}

export function describeContent(content: Bytes, mediaType: string, algorithm: Algorithm = "sha256"): Descriptor {
  return { mediaType, digest: digestOf(content, algorithm), size: content.length }
}

/** The descriptor of `{}`, which the image-spec has for artifacts without a configuration. */
export const EMPTY_DESCRIPTOR: Descriptor = {
  mediaType: OCI_EMPTY,
  digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  size: 2,
}

/** A well-formed digest of content that nobody has. */
export function unknownDigest(algorithm: Algorithm = "sha256"): string {
  return digestOf(randomBytes(16), algorithm)
}

export interface ImageManifest {
  schemaVersion: 2
  mediaType: string
  config: Descriptor
  layers: Descriptor[]
  artifactType?: string
  subject?: Descriptor
  annotations?: Record<string, string>
}

export function imageManifest(config: Descriptor, layers: Descriptor[], fields: object = {}): ImageManifest {
  return { schemaVersion: 2, mediaType: OCI_IMAGE, config, layers, ...fields }
}

export interface IndexManifest {
  schemaVersion: 2
  mediaType: string
  manifests: Descriptor[]
  artifactType?: string
  subject?: Descriptor
  annotations?: Record<string, string>
}

export function indexManifest(manifests: Descriptor[], fields: object = {}): IndexManifest {
  return { schemaVersion: 2, mediaType: OCI_INDEX, manifests, ...fields }
}
