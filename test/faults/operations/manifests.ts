import type { PushedManifest } from "../repository.ts"
import type { Turn } from "../turn.ts"

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
const OCI_INDEX = "application/vnd.oci.image.index.v1+json"

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
const CONFIG = "application/vnd.oci.image.config.v1+json"

/** The text is new each time: it holds a number that is drawn. */
export function newImage(turn: Turn, blobs: readonly string[], subject?: string): PushedManifest {
  const [config, ...layers] = blobs.map((digest, at) => describeBlob(turn, digest, at === 0 ? CONFIG : LAYER))
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config,
    layers,
    ...(subject !== undefined && { subject: describeManifest(turn, subject) }),
    annotations: { "test.number": String(turn.random.below(2 ** 32)) },
  }
  return pushed(OCI_MANIFEST, document, { blobs: [...blobs], children: [], subject })
}

export function newIndex(turn: Turn, children: readonly string[]): PushedManifest {
  const document = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: children.map((digest) => describeManifest(turn, digest)),
    annotations: { "test.number": String(turn.random.below(2 ** 32)) },
  }
  return pushed(OCI_INDEX, document, { blobs: [], children: [...children], subject: undefined })
}

function pushed(
  mediaType: string,
  document: object,
  { subject, ...named }: { blobs: string[]; children: string[]; subject: string | undefined },
): PushedManifest {
  // Odd white space: what is served must be the bytes that were pushed, not the same JSON printed anew.
  const text = `${JSON.stringify(document, undefined, 1)} \n`
  return { mediaType, text, ...named, ...(subject !== undefined && { subject }) }
}

function describeBlob({ repository }: Turn, digest: string, mediaType: string) {
  const content = repository.contents.get(digest)
  return { mediaType, digest, size: content?.sizeBytes ?? 0 }
}

function describeManifest({ repository }: Turn, digest: string) {
  const manifest = repository.pushed.get(digest)
  return { mediaType: manifest?.mediaType ?? OCI_MANIFEST, digest, size: Buffer.byteLength(manifest?.text ?? "") }
}
