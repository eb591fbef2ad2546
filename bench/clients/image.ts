import { randomBytes } from "./blob-file.ts"
import type { Connection } from "./connection.ts"
import { expectStatus, getLocation } from "./push.ts"

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"

export interface Blob {
  bytes: Uint8Array
  digest: string
}

export interface Image {
  repository: string
  tag: string
  config: Blob
  layers: Blob[]
  manifest: Uint8Array
}

/** Makes an image of random layers of those sizes, with a config of its own. */
export function createImage(repository: string, tag: string, layerSizes: readonly number[]): Image {
  const layers = layerSizes.map((size) => createBlob(randomBytes(size)))
  const created = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: layers.map((l) => l.digest) },
  }
  const config = createBlob(encodeJson({ ...created, config: { Labels: { id: crypto.randomUUID() } } }))
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: describe("application/vnd.oci.image.config.v1+json", config),
    layers: layers.map((layer) => describe("application/vnd.oci.image.layer.v1.tar+gzip", layer)),
  })
  return { repository, tag, config, layers, manifest }
}

/** Pushes as containers' tools do: each blob HEAD, POST, PATCH, PUT; then the manifest by tag. */
export async function pushImage(connection: Connection, image: Image): Promise<void> {
  for (const blob of [...image.layers, image.config]) await pushBlob(connection, image.repository, blob)
  const headers = { "Content-Type": MANIFEST_TYPE }
  const path = `/v2/${image.repository}/manifests/${image.tag}`
  await expectStatus(connection, 201, { method: "PUT", path, headers, body: image.manifest })
}

/** Pulls the manifest by tag, then config and layers. Rejects unless all came as they were made. */
export async function pullImage(connection: Connection, image: Image): Promise<void> {
  const base = `/v2/${image.repository}`
  const headers = { Accept: MANIFEST_TYPE }
  const found = await expectStatus(connection, 200, { method: "GET", path: `${base}/manifests/${image.tag}`, headers })
  if (!found.body.equals(image.manifest)) throw new Error(`the manifest of ${image.repository} has other bytes`)
  for (const blob of [image.config, ...image.layers]) {
    const { body } = await expectStatus(connection, 200, { method: "GET", path: `${base}/blobs/${blob.digest}` })
    if (!body.equals(blob.bytes)) throw new Error(`the blob ${blob.digest} came with other bytes (${body.length})`)
  }
}

export async function pushBlob(connection: Connection, repository: string, blob: Blob): Promise<void> {
  const base = `/v2/${repository}/blobs`
  await expectStatus(connection, 404, { method: "HEAD", path: `${base}/${blob.digest}` })
  const begun = await expectStatus(connection, 202, { method: "POST", path: `${base}/uploads/` })
  const headers = { "Content-Type": "application/octet-stream" }
  const patch = { method: "PATCH", path: getLocation(begun), headers, body: blob.bytes }
  const sent = await expectStatus(connection, 202, patch)
  await expectStatus(connection, 201, { method: "PUT", path: getLocation(sent, blob.digest) })
}

export function createBlob(bytes: Uint8Array): Blob {
  return { bytes, digest: `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}` }
}

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

function describe(mediaType: string, blob: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: blob.digest, size: blob.bytes.length }
}
