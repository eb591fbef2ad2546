export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json"
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"

export type ManifestMediaType = typeof OCI_MANIFEST | typeof OCI_INDEX | typeof DOCKER_MANIFEST | typeof DOCKER_LIST

const MANIFEST_TYPES: ReadonlySet<string> = new Set([OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST])

export function isManifestMediaType(text: string): text is ManifestMediaType {
  return MANIFEST_TYPES.has(text)
}

export function isIndexMediaType(type: string): boolean {
  return type === OCI_INDEX || type === DOCKER_LIST
}

/** Docker's own say what they are in the body too: without that the same bytes could be read as an OCI manifest. */
export function isDockerMediaType(type: string): boolean {
  return type === DOCKER_MANIFEST || type === DOCKER_LIST
}

/** Layers that a registry need not hold: their bytes come from elsewhere, and clients do not upload them. */
export function isNonDistributable(type: string): boolean {
  return (
    type.startsWith("application/vnd.oci.image.layer.nondistributable.") ||
    type === "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" ||
    type === "application/vnd.docker.image.rootfs.foreign.diff.tar"
  )
}

/** A Content-Type without its parameters, lower case. */
export function essence(contentType: string): string {
  const end = contentType.indexOf(";")
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
}

/** Schema 1, which is read and no longer pushed; with signatures around it, or without. */
export const DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"
export const DOCKER_SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"

export function isSchema1(type: string): boolean {
  return type === DOCKER_SCHEMA1 || type === DOCKER_SCHEMA1_SIGNED
}
