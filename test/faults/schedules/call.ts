/**
 * What a client asks for. Repositories, blobs, manifests and tags go by short names: the scene says what they are.
 * `isSilent`: the answer keeps nothing alive.
 */
export type Call =
  | { verb: "push" | "head" | "get" | "unlink"; repository: string; blob: string; isSilent?: true }
  | { verb: "mount"; repository: string; blob: string; from: string }
  | { verb: "put"; repository: string; manifest: ManifestName; tag?: string }
  | { verb: "pull" | "delete" | "referrers"; repository: string; manifest: ManifestName; isSilent?: true }
  | { verb: "resolve" | "untag"; repository: string; tag: string }
  | { verb: "restoreTag"; repository: string; tag: string }
  /** What the tag named when the clients began. */
  | { verb: "then"; repository: string; tag: string; isSilent?: true }
  | { verb: "restoreManifest"; repository: string; manifest: ManifestName }
  | { verb: "list"; repository: string }
  | { verb: "drop" | "purge" | "restoreRepository"; repository: string }

interface ManifestContent {
  mediaType: "image" | "index" | "docker image" | "docker list"
  /** The configuration, and the layers. */
  blobs?: readonly string[]
  children?: readonly ManifestName[]
  subject?: ManifestName
}

export type ManifestName =
  | "one"
  | "two"
  | "docker"
  | "index"
  | "both"
  | "list"
  | "nested"
  | "signature"
  | "fallback"
  | "attestation"

const MANIFESTS: Record<ManifestName, ManifestContent> = {
  one: { mediaType: "image", blobs: ["x", "y"] },
  two: { mediaType: "image", blobs: ["x", "z"] },
  docker: { mediaType: "docker image", blobs: ["x", "z"] },
  index: { mediaType: "index", children: ["one"] },
  both: { mediaType: "index", children: ["one", "two"] },
  list: { mediaType: "docker list", children: ["docker"] },
  nested: { mediaType: "index", children: ["index", "list"] },
  /** What clients keep under a tag of the subject's digest where the registry lists no referrers. */
  fallback: { mediaType: "index", children: ["signature"] },
  signature: { mediaType: "image", blobs: ["x", "s"], subject: "one" },
  /** What is said of what is said of an image. */
  attestation: { mediaType: "image", blobs: ["s"], subject: "signature" },
}

export const MANIFEST_NAMES = Object.keys(MANIFESTS) as ManifestName[]

export function contentOf(manifest: ManifestName): ManifestContent {
  return MANIFESTS[manifest]
}
