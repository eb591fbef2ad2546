import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { sha256 } from "./content.ts"
import { type TarFile, createTar } from "./tar.ts"

export interface Descriptor {
  mediaType: string
  digest: string
  size: number
  urls?: string[]
  platform?: { os: string; architecture: string }
  annotations?: Record<string, string>
}

export interface Layer {
  descriptor: Descriptor
  /** The digest of the layer's archive before it was compressed. */
  diffId: string
}

/** An OCI image layout on disk: what clients write as `oci:PATH:TAG`. */
export interface ImageLayout {
  path: string
  putBlob(mediaType: string, bytes: Uint8Array): Descriptor
  putLayer(files: TarFile[]): Layer
  putImage(architecture: string, layers: Layer[]): Descriptor
  putIndex(manifests: Descriptor[]): Descriptor
  /** Names a manifest or an index. A name given twice stays with the first. */
  tag(name: string, descriptor: Descriptor): void
}

const OCI = "application/vnd.oci.image"

export function createImageLayout(path: string): ImageLayout {
  const blobs = join(path, "blobs", "sha256")
  const tagged: Descriptor[] = []
  mkdirSync(blobs, { recursive: true })
  writeFileSync(join(path, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }))
  const putBlob = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const digest = sha256(bytes)
    writeFileSync(join(blobs, digest.slice("sha256:".length)), bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const putJson = (mediaType: string, value: object) => putBlob(mediaType, Buffer.from(JSON.stringify(value)))
  return {
    path,
    putBlob,
    putLayer: (files) => {
      const archive = createTar(files)
      const compressed = Bun.gzipSync(new Uint8Array(archive), { level: 1 })
      return { descriptor: putBlob(`${OCI}.layer.v1.tar+gzip`, compressed), diffId: sha256(archive) }
    },
    putImage: (architecture, layers) =>
      putJson(`${OCI}.manifest.v1+json`, {
        schemaVersion: 2,
        mediaType: `${OCI}.manifest.v1+json`,
        config: putJson(`${OCI}.config.v1+json`, {
          os: "linux",
          architecture,
          config: { Cmd: ["/bin/busybox", "cat", "/etc/motd"] },
          rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
        }),
        layers: layers.map((layer) => layer.descriptor),
      }),
    putIndex: (manifests) =>
      putJson(`${OCI}.index.v1+json`, { schemaVersion: 2, mediaType: `${OCI}.index.v1+json`, manifests }),
    tag: (name, descriptor) => {
      tagged.push({ ...descriptor, annotations: { "org.opencontainers.image.ref.name": name } })
      writeFileSync(join(path, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: tagged }))
    },
  }
}
