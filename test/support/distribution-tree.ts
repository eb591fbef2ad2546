import { createHash } from "node:crypto"
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"

/** Writes what docker-registry would write, link by link, where a test has no use for a real one. */
export interface DistributionTree {
  root: string
  putBlob(content: string | Uint8Array): string
  /** Gives the repository the right to the blob. */
  link(repository: string, digest: string): void
  /** Stores the bytes and names them as a manifest of the repository. */
  putManifest(repository: string, content: object | string): string
  /** An image of one configuration and one layer, both named after the text; a shared text is a shared blob. */
  putImage(repository: string, text: string, extra?: object): Image
  tag(repository: string, tag: string, digest: string, seconds?: number): void
  /** As docker-registry deletes: a tag goes with its directory, of the others the link alone. */
  remove(repository: string, kind: "tag" | "manifest" | "blob", name: string): void
  blobPath(digest: string): string
  /** Of a link, below the repository. */
  linkPath(repository: string, kind: "tag" | "manifest" | "blob", name: string): string
}

export interface Image {
  digest: string
  config: string
  layer: string
}

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json"

const TIME = 1_600_000_000

export function createDistributionTree(root: string): DistributionTree {
  const base = join(root, "docker", "registry", "v2")
  const put = (path: string, content: string | Uint8Array, seconds = TIME) => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    utimesSync(path, seconds, seconds)
  }
  const inPath = (digest: string) => digest.replace(":", "/")
  const directories = { tag: "_manifests/tags", manifest: "_manifests/revisions", blob: "_layers" }

  const tree: DistributionTree = {
    root,
    blobPath: (digest) => join(base, "blobs", "sha256", digest.slice(7, 9), digest.slice(7), "data"),
    linkPath: (repository, kind, name) => {
      const directory = join(base, "repositories", repository, directories[kind])
      return join(directory, kind === "tag" ? `${name}/current` : inPath(name), "link")
    },
    putBlob: (content) => {
      const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`
      put(tree.blobPath(digest), content)
      return digest
    },
    link: (repository, digest) => put(tree.linkPath(repository, "blob", digest), digest),
    putManifest: (repository, content) => {
      const digest = tree.putBlob(typeof content === "string" ? content : JSON.stringify(content))
      put(tree.linkPath(repository, "manifest", digest), digest)
      return digest
    },
    putImage: (repository, text, extra = {}) => {
      const describe = (mediaType: string, content: string) => {
        const digest = tree.putBlob(content)
        tree.link(repository, digest)
        return { mediaType, digest, size: content.length }
      }
      const config = describe("application/vnd.oci.image.config.v1+json", JSON.stringify({ text }))
      const layer = describe("application/vnd.oci.image.layer.v1.tar+gzip", `layer ${text}`)
      const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer], ...extra }
      return { digest: tree.putManifest(repository, image), config: config.digest, layer: layer.digest }
    },
    tag: (repository, tag, digest, seconds = TIME) => {
      const directory = join(base, "repositories", repository, "_manifests", "tags", tag)
      put(join(directory, "index", inPath(digest), "link"), digest, seconds)
      put(join(directory, "current", "link"), digest, seconds)
    },
    remove: (repository, kind, name) => {
      const link = tree.linkPath(repository, kind, name)
      rmSync(kind === "tag" ? dirname(dirname(link)) : link, { recursive: true })
    },
  }
  return tree
}
