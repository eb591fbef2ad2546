import { invalidManifest } from "./descriptor.ts"
import { createShapeCheck } from "./json-shape.ts"
import { manifestKeys } from "./manifest-keys.ts"
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "./media-type.ts"

/** Whatever is no longer is read within a few milliseconds. */
const UNCHECKED_BYTES = 65_536
const DEEPEST = 64
/** A descriptor weighs 30 to 50, the latter with a platform or a file's name. */
const WEIGHT_PER_REFERENCE = 48
/** A few thousand annotations of the manifest itself. */
const WEIGHT_BESIDES = 64_000

const checkShape = createShapeCheck([
  ...manifestKeys,
  OCI_MANIFEST,
  OCI_INDEX,
  DOCKER_MANIFEST,
  DOCKER_LIST,
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
  "org.opencontainers.image.title",
  "linux",
  "amd64",
  "arm64",
  "v8",
])

/**
 * Throws MANIFEST_INVALID for a body that would keep the reader of JSON busy for longer than a manifest with so many
 * references can: nothing else is answered meanwhile.
 */
export function refuseExcess(bytes: Uint8Array, maxReferences: number): void {
  if (bytes.length <= UNCHECKED_BYTES) return
  const weight = WEIGHT_BESIDES + WEIGHT_PER_REFERENCE * maxReferences
  const shape = checkShape(bytes, { depth: DEEPEST, weight })
  if (shape === "deep") throw invalidManifest(`the body is nested more than ${DEEPEST} deep`)
  if (shape === "heavy") throw invalidManifest(`the body holds more than ${maxReferences} references account for`)
}
