import { isDigest, type Digest } from "../domain/digest.ts"
import {
  IMAGE_NAME,
  parseLayoutIndex,
  REF_NAME,
  REPOSITORY,
  type ImageReference,
  type LayoutRoot,
} from "../domain/layout.ts"
import { findDefaultPlatform, listReferences, parseManifest, type Manifest } from "../domain/manifest.ts"
import { isIndexMediaType, OCI_INDEX } from "../domain/media-type.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { LayoutWriter } from "../ports/layouts.ts"
import type { RegistryClient, RemoteManifest } from "../ports/registry-client.ts"
import { verified } from "./verified-bytes.ts"

export interface LayoutExportReport {
  repositories: number
  tags: number
  manifests: number
  blobs: number
  /** Of all blobs and manifests. */
  bytes: number
  /** Of these, what was not there. */
  written: number
}

export interface LayoutExportWork {
  /** Whole repositories, tags or digests; `undefined`: everything that has a tag. */
  images: ImageReference[] | undefined
  hasReferrers: boolean
  /** What images are called by when docker, podman or containerd loads them: begins their names. */
  host: string
  signal: AbortSignal
  /** Bytes that are in the layout. */
  progress: (done: number) => void
}

interface Dependencies {
  registry: RegistryClient
  layout: LayoutWriter
}

const encoder = new TextEncoder()

/** Writes images with all that they name, and what refers to them, into a layout. What is there already stays. */
export async function exportLayout(parts: Dependencies, work: LayoutExportWork): Promise<LayoutExportReport> {
  const { registry, layout } = parts
  const { signal } = work
  const report: LayoutExportReport = { repositories: 0, tags: 0, manifests: 0, blobs: 0, bytes: 0, written: 0 }
  const roots = new Map<string, LayoutRoot["entry"]>()
  const docker: object[] = []
  const copied = new Set<string>()
  const stored = new Set<Digest>()

  for (const { descriptor, entry } of parseLayoutIndex(
    (await layout.readIndex()) ?? encoder.encode('{"manifests":[]}'),
  )) {
    roots.set(keyOfEntry(descriptor.annotations, descriptor.digest), entry)
  }

  async function store(digest: Digest, sizeBytes: number, body: () => AsyncIterable<Uint8Array>): Promise<void> {
    signal.throwIfAborted()
    if (stored.has(digest)) return
    if (!(await layout.has(digest, sizeBytes))) {
      await layout.put(digest, sizeBytes, verified(digest, body()))
      report.written++
    }
    stored.add(digest)
    report.bytes += sizeBytes
    work.progress(report.bytes)
  }

  async function copyBlob(repository: RepositoryName, digest: Digest, isRequired: boolean): Promise<void> {
    if (stored.has(digest)) return
    const sizeBytes = await registry.findBlobSize(repository, digest)
    if (sizeBytes === undefined && !isRequired) return
    if (sizeBytes === undefined) throw new Error(`${repository} lacks the blob ${digest}: berth fsck tells more`)
    await store(digest, sizeBytes, () => registry.readBlob(repository, digest))
    report.blobs++
  }

  /** With all that it names, which comes first: what is in a layout is whole. */
  async function copyManifest(repository: RepositoryName, manifest: RemoteManifest): Promise<void> {
    const { digest, mediaType, bytes } = manifest
    if (copied.has(`${repository} ${digest}`)) return
    copied.add(`${repository} ${digest}`)
    for (const reference of listReferences(parseManifest(bytes, mediaType, Infinity))) {
      if (reference.kind === "subject") continue
      if (reference.kind !== "manifest") await copyBlob(repository, reference.digest, reference.isRequired)
      else {
        const child = await registry.findManifest(repository, reference.digest)
        // A registry may hold some of the platforms alone.
        if (child !== undefined) await copyManifest(repository, child)
      }
    }
    const isNew = !stored.has(digest)
    await store(digest, bytes.length, () => once(bytes))
    if (isNew) report.manifests++
    if (work.hasReferrers) await copyReferrers(repository, digest)
  }

  async function copyReferrers(repository: RepositoryName, subject: Digest): Promise<void> {
    for await (const digest of registry.listReferrers(repository, subject)) {
      const referrer = await registry.findManifest(repository, digest)
      if (referrer === undefined) continue
      await copyManifest(repository, referrer)
      addRoot(repository, referrer, undefined)
    }
  }

  function addRoot(
    repository: RepositoryName,
    { digest, mediaType, bytes }: RemoteManifest,
    tag: string | undefined,
  ): void {
    const name = `${repository}:${tag ?? ""}`
    const annotations = {
      ...(tag !== undefined && { [IMAGE_NAME]: `${work.host}${name}`, [REF_NAME]: name }),
      [REPOSITORY]: repository,
    }
    roots.set(keyOfEntry(annotations, digest), { mediaType, digest, size: bytes.length, annotations })
  }

  async function exportOne(repository: RepositoryName, reference: string): Promise<void> {
    signal.throwIfAborted()
    const manifest = await registry.findManifest(repository, reference)
    if (manifest === undefined)
      throw new Error(`there is no ${repository}${isDigest(reference) ? "@" : ":"}${reference}`)
    await copyManifest(repository, manifest)
    const tag = isDigest(reference) ? undefined : reference
    addRoot(repository, manifest, tag)
    if (tag === undefined) return
    report.tags++
    const image = await findImage(repository, manifest)
    if (image !== undefined) docker.push(describeForDocker(image, `${work.host}${repository}:${tag}`))
  }

  /** The image that docker of old loads: of an index the one for most machines. */
  async function findImage(
    repository: RepositoryName,
    { mediaType, bytes }: RemoteManifest,
  ): Promise<Manifest | undefined> {
    const manifest = parseManifest(bytes, mediaType, Infinity)
    if (!isIndexMediaType(mediaType)) return isImage(manifest) ? manifest : undefined
    const child = findDefaultPlatform(manifest) ?? manifest.manifests[0]
    const found = child && (await registry.findManifest(repository, child.digest))
    if (found === undefined || isIndexMediaType(found.mediaType)) return undefined
    const image = parseManifest(found.bytes, found.mediaType, Infinity)
    return isImage(image) ? image : undefined
  }

  async function exportRepository(repository: RepositoryName): Promise<void> {
    report.repositories++
    const before = report.tags
    for await (const tag of registry.listTags(repository)) await exportOne(repository, tag)
    if (work.images !== undefined && report.tags === before) throw new Error(`the repository ${repository} has no tags`)
  }

  try {
    if (work.images === undefined) {
      for await (const repository of registry.listRepositories()) await exportRepository(repository)
    } else {
      for (const { repository, reference } of work.images) {
        if (reference === undefined) await exportRepository(repository)
        else await exportOne(repository, reference)
      }
      report.repositories = new Set(work.images.map(({ repository }) => repository)).size
    }
    const manifests = [...roots.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests }
    await layout.finish({ index: encode(index), docker: encode(docker) })
    return report
  } finally {
    await layout.discard()
  }
}

/** Entries of the same name take each other's place, and so do those of the same digest that have none. */
function keyOfEntry(annotations: Record<string, string> | undefined, digest: Digest): string {
  const repository = annotations?.[REPOSITORY] ?? ""
  const name = annotations?.[REF_NAME]
  return name === undefined ? `${repository} ${digest}` : `${repository} ${name}`
}

const CONFIGS = new Set(["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"])

function isImage({ config }: Manifest): boolean {
  return config !== undefined && CONFIGS.has(config.mediaType)
}

function describeForDocker({ config, layers }: Manifest, name: string): object {
  const pathOf = (digest: Digest) => `blobs/${digest.replace(":", "/")}`
  return {
    Config: config === undefined ? "" : pathOf(config.digest),
    RepoTags: [name],
    Layers: layers.map(({ digest }) => pathOf(digest)),
  }
}

function encode(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
