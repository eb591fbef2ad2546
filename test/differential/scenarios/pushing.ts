import {
  describeContent,
  DOCKER_IMAGE,
  imageManifest,
  OCI_CONFIG,
  OCI_IMAGE,
  OCI_LAYER,
  toJsonBytes,
  bytesOf,
  type Bytes,
} from "../../conformance/content.ts"
import type { RecordedRequest } from "../request.ts"

/** An image whose bytes are the same in every run. */
export interface SampleImage {
  config: Bytes
  layer: Bytes
  manifest: Bytes
}

export function sampleImage(name: string, mediaType: string = OCI_IMAGE): SampleImage {
  const config = toJsonBytes({ architecture: "amd64", os: "linux", name })
  const layer = bytesOf(`the only layer of ${name}, long enough for some ranges`)
  const isDocker = mediaType === DOCKER_IMAGE
  const manifest = toJsonBytes({
    ...imageManifest(
      describeContent(config, isDocker ? "application/vnd.docker.container.image.v1+json" : OCI_CONFIG),
      [describeContent(layer, isDocker ? "application/vnd.docker.image.rootfs.diff.tar.gzip" : OCI_LAYER)],
    ),
    mediaType,
  })
  return { config, layer, manifest }
}

/** POST and closing PUT. */
export function pushBlob(name: string): RecordedRequest[] {
  return [
    { name: `open an upload for ${name}`, method: "POST", to: "/v2/{repository}/blobs/uploads/" },
    {
      name: `close the upload with ${name}`,
      method: "PUT",
      to: "{location}",
      query: `digest={${name}}`,
      headers: { "content-type": "application/octet-stream" },
      body: name,
    },
  ]
}

export function putManifest(reference: string, body: string, mediaType: string = OCI_IMAGE): RecordedRequest {
  return {
    name: `put ${body} as ${reference}`,
    method: "PUT",
    to: `/v2/{repository}/manifests/${reference}`,
    headers: { "content-type": mediaType },
    body,
  }
}

export function pushImage(tag: string, mediaType: string = OCI_IMAGE): RecordedRequest[] {
  return [...pushBlob("config"), ...pushBlob("layer"), putManifest(tag, "manifest", mediaType)]
}

export function getManifest(reference: string, accept: string = OCI_IMAGE, method = "GET"): RecordedRequest {
  return {
    name: `${method} manifest ${reference}`,
    method,
    to: `/v2/{repository}/manifests/${reference}`,
    headers: { accept },
  }
}

export function get(name: string, to: string, headers: Record<string, string> = {}): RecordedRequest {
  return { name, method: "GET", to, headers }
}

export function withHeaders(request: RecordedRequest, headers: Readonly<Record<string, string>>): RecordedRequest {
  return { ...request, headers: { ...request.headers, ...headers } }
}
