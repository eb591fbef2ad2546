import { createHash } from "node:crypto"

// Few of everything, so that requests meet each other's traces.
export const REPOSITORIES = ["team/app", "team/base", "a", "x/manifests/tags"]
export const BAD_NAMES = ["Team/app", "a..b", "a/-b", "a__", "x".repeat(256)]
export const TAGS = ["latest", "v1", "v1.0", "A", "_"]
export const BAD_TAGS = [".hidden", "-v", "t".repeat(129)]
export const ARTIFACT_TYPES = ["application/vnd.example.sbom", "application/vnd.example.größe"]

export const CONTENTS: Uint8Array[] = [0, 1, 2, 5, 33, 100, 256, 700].map((length, index) =>
  Uint8Array.from({ length }, (_, position) => (position * 7 + index * 31) % 251),
)

/** More than the models' registries take. */
export const LARGEST_BLOB = 1000
export const TOO_LARGE = new Uint8Array(LARGEST_BLOB + 1)

export type Algorithm = "sha256" | "sha512"

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`
}

export const NO_DIGESTS = ["sha256:abc", `sha256:${"A".repeat(64)}`, `md5:${"0".repeat(32)}`, "sha256:"]
export const UNKNOWN = [digestOf(new TextEncoder().encode("nobody has this")), `sha512:${"0".repeat(128)}`]

export const PAST = "2001-01-01T00:00:00Z"
export const FUTURE = "2999-12-31T23:59:59.5+02:00"
export const BAD_TIME = "yesterday"
