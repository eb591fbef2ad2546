import { expect } from "bun:test"
import { locationOf, type Registry } from "./client.ts"
import {
  describeContent,
  digestOf,
  imageManifest,
  OCI_CONFIG,
  OCI_IMAGE,
  OCI_LAYER,
  randomBytes,
  toJsonBytes,
  type Algorithm,
  type Bytes,
  type Descriptor,
  type ImageManifest,
} from "./content.ts"

/** An upload's Location may hold a query of its own, so `digest` follows `?` or `&`. */
export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes("?") ? "&" : "?"}digest=${encodeURIComponent(digest)}`
}

export async function startUpload(registry: Registry, repository: string, query = ""): Promise<string> {
  const response = await registry.send("POST", `/v2/${repository}/blobs/uploads/${query}`)
  expect(response.status).toBe(202)
  return locationOf(response)
}

/** PATCH of `chunk`, which begins at byte `start` of the blob. */
export function sendChunk(registry: Registry, location: string, start: number, chunk: Bytes): Promise<Response> {
  return registry.send("PATCH", location, {
    headers: { "content-type": "application/octet-stream", "content-range": `${start}-${start + chunk.length - 1}` },
    body: chunk,
  })
}

export async function pushBlob(
  registry: Registry,
  repository: string,
  content: Bytes,
  algorithm: Algorithm = "sha256",
): Promise<string> {
  const digest = digestOf(content, algorithm)
  const location = await startUpload(registry, repository)
  const response = await registry.send("PUT", withDigest(location, digest), {
    headers: { "content-type": "application/octet-stream" },
    body: content,
  })
  expect(response.status).toBe(201)
  return digest
}

/** PUT of a manifest whose answer the test looks at itself. */
export function putManifest(
  registry: Registry,
  target: `${string}:${string}` | `${string}@${string}`,
  body: Bytes | string | ReadableStream<Uint8Array>,
  mediaType: string = OCI_IMAGE,
): Promise<Response> {
  const [, repository = "", reference = ""] = /^([^:@]*)[:@](.*)$/s.exec(target) ?? []
  return registry.send("PUT", `/v2/${repository}/manifests/${reference}`, {
    headers: { "content-type": mediaType },
    body,
  })
}

export interface Pushed {
  bytes: Bytes
  digest: string
  mediaType: string
  descriptor: Descriptor
  response: Response
}

/** Pushes by tag, or by digest where `tag` is undefined, and insists on 201. */
export async function pushManifest(
  registry: Registry,
  repository: string,
  manifest: { mediaType: string },
  options: { tag?: string | undefined; algorithm?: Algorithm | undefined } = {},
): Promise<Pushed> {
  const bytes = toJsonBytes(manifest)
  const descriptor = describeContent(bytes, manifest.mediaType, options.algorithm)
  const target =
    options.tag === undefined
      ? (`${repository}@${descriptor.digest}` as const)
      : (`${repository}:${options.tag}` as const)
  const response = await putManifest(registry, target, bytes, manifest.mediaType)
  expect(response.status).toBe(201)
  return { bytes, digest: descriptor.digest, mediaType: manifest.mediaType, descriptor, response }
}

export interface Image extends Pushed {
  manifest: ImageManifest
  config: Bytes
  layer: Bytes
}

/** Pushes a configuration, one layer and their manifest; `fields` go into the manifest. */
export async function pushImage(
  registry: Registry,
  repository: string,
  options: { tag?: string; fields?: object; algorithm?: Algorithm } = {},
): Promise<Image> {
  const config = toJsonBytes({ architecture: "amd64", os: "linux", made: crypto.randomUUID() })
  const layer = randomBytes(1000)
  await pushBlob(registry, repository, config, options.algorithm)
  await pushBlob(registry, repository, layer, options.algorithm)
  const manifest = imageManifest(
    describeContent(config, OCI_CONFIG, options.algorithm),
    [describeContent(layer, OCI_LAYER, options.algorithm)],
    options.fields,
  )
  const pushed = await pushManifest(registry, repository, manifest, { tag: options.tag, algorithm: options.algorithm })
  return { ...pushed, manifest, config, layer }
}
