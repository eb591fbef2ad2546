import type { Digest } from "../domain/digest.ts"
import { parseLayoutIndex, readPlacement, type LayoutRoot, type Placement } from "../domain/layout.ts"
import { listReferences, parseManifest, type ManifestReference } from "../domain/manifest.ts"
import { isManifestMediaType } from "../domain/media-type.ts"
import { isRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import type { LayoutReader } from "../ports/layouts.ts"
import type { RegistryClient, RemoteManifest } from "../ports/registry-client.ts"
import { forEachAtOnce } from "./steps.ts"
import { verified } from "./verified-bytes.ts"

export interface LayoutImportReport {
  /** What the layout names, and where it went; of a dry run where it would go. */
  images: ImportedImage[]
  manifests: number
  blobs: number
  /** Of the blobs. */
  bytes: number
}

export interface ImportedImage {
  repository: RepositoryName
  tag?: string
  digest: Digest
  /** Whether the repository had it, with this tag. */
  wasThere: boolean
}

export interface LayoutImportWork {
  /** Where everything goes; `undefined`: where the layout says. */
  target: Placement | undefined
  /** Begins the name of each repository that the layout names. */
  prefix: string
  isDryRun: boolean
  signal: AbortSignal
  /** Bytes of blobs that are in the registry, and of all. */
  progress: (done: number, total: number) => void
}

interface Dependencies {
  registry: RegistryClient
  layout: LayoutReader
}

interface Image extends Placement {
  repository: RepositoryName
  root: LayoutRoot
}

/** A manifest of the layout whose bytes are those of its digest. */
interface KnownManifest {
  mediaType: string
  references: ManifestReference[]
  /** Of an index: what its entries say that they are. */
  childTypes: ReadonlyMap<Digest, string>
}

const MAX_INDEX_BYTES = 64 * 2 ** 20
/** More than a registry takes: it has a limit of its own. */
const MAX_MANIFEST_BYTES = 64 * 2 ** 20
const MAX_REFERENCES = 100_000
const MAX_DEPTH = 100
/** Blobs that are pushed at once. */
const WIDTH = 4
const SHOWN = 20

/**
 * Pushes what a layout holds as a client does: blobs, then manifests, then tags. Everything is looked at before the first
 * byte is sent, and a manifest is sent when all that it names is there; so it may be repeated, and sends what is missing.
 */
export async function importLayout(
  { registry, layout }: Dependencies,
  work: LayoutImportWork,
): Promise<LayoutImportReport> {
  const { signal } = work
  const known = new Map<Digest, KnownManifest>()
  const present = new Set<string>()
  const checked = new Set<string>()
  const missing = new Set<string>()
  const pushed = new Set<string>()
  const report: LayoutImportReport = { images: [], manifests: 0, blobs: 0, bytes: 0 }
  const planned = { blobs: 0, bytes: 0 }
  let done = 0

  async function readManifest(digest: Digest, mediaType: string): Promise<RemoteManifest> {
    const sizeBytes = (await layout.findSize(digest)) ?? 0
    if (sizeBytes > MAX_MANIFEST_BYTES) throw new Error(`the manifest ${digest} has ${sizeBytes} bytes`)
    const bytes = Buffer.concat(await Array.fromAsync(verified(digest, layout.read(digest))))
    return { digest, mediaType, bytes }
  }

  async function findKnown(digest: Digest, mediaType: string): Promise<KnownManifest> {
    const found = known.get(digest)
    if (found !== undefined) return found
    const { bytes } = await readManifest(digest, mediaType)
    const parsed = parseManifest(bytes, mediaType, MAX_REFERENCES)
    const childTypes = new Map(parsed.manifests.map((child) => [child.digest, child.mediaType]))
    const manifest = { mediaType, references: listReferences(parsed), childTypes }
    known.set(digest, manifest)
    return manifest
  }

  /**
   * Notes what is neither in the layout nor in the repository. What a manifest of the repository names is looked at as
   * well: what the storage has lost of it is stored anew.
   */
  async function check(
    repository: RepositoryName,
    at: { digest: Digest; mediaType: string; depth: number },
  ): Promise<void> {
    const { digest, mediaType, depth } = at
    const key = `${repository} ${digest}`
    signal.throwIfAborted()
    if (checked.has(key)) return
    checked.add(key)
    if (depth > MAX_DEPTH) throw new Error("the layout's indexes are nested too deep")
    const isPresent = (await registry.findDigest(repository, digest)) !== undefined
    if (isPresent) present.add(key)
    if ((await layout.findSize(digest)) === undefined) {
      if (!isPresent) missing.add(digest)
      return
    }
    const { references, childTypes } = await findKnown(digest, mediaType)
    for (const reference of references) {
      if (reference.kind === "subject") continue
      if (reference.kind === "manifest") {
        const child = { digest: reference.digest, mediaType: childTypes.get(reference.digest) ?? "", depth: depth + 1 }
        await check(repository, child)
      } else await checkBlob(repository, reference, isPresent)
    }
  }

  async function checkBlob(repository: RepositoryName, blob: ManifestReference, isPresent: boolean): Promise<void> {
    const { digest, sizeBytes } = blob
    const key = `${repository} ${digest}`
    if (checked.has(key)) return
    checked.add(key)
    const stored = await layout.findSize(digest)
    if (stored !== undefined && stored !== sizeBytes) {
      throw new Error(`the blob ${digest} has ${stored} bytes, and a manifest says ${sizeBytes}`)
    }
    if ((await registry.findBlobSize(repository, digest)) === sizeBytes) return void present.add(key)
    if (stored !== undefined) {
      planned.blobs++
      planned.bytes += sizeBytes
    } else if (blob.isRequired && !isPresent) missing.add(digest)
  }

  async function pushBlob(repository: RepositoryName, { digest, sizeBytes }: ManifestReference): Promise<void> {
    const key = `${repository} ${digest}`
    if (present.has(key) || (await layout.findSize(digest)) === undefined) return
    signal.throwIfAborted()
    // What was read is compared here as well: what is wrong is told in the words of the layout.
    if (await registry.putBlob(repository, digest, () => verified(digest, layout.read(digest)))) {
      report.blobs++
      report.bytes += sizeBytes
    }
    present.add(key)
    done += sizeBytes
    work.progress(done, planned.bytes)
  }

  async function push(repository: RepositoryName, digest: Digest): Promise<void> {
    const key = `${repository} ${digest}`
    const manifest = known.get(digest)
    if (pushed.has(key) || manifest === undefined) return
    pushed.add(key)
    for (const { kind, digest: child } of manifest.references) if (kind === "manifest") await push(repository, child)
    const blobs = manifest.references.filter(({ kind }) => kind === "config" || kind === "layer")
    // A digest may be named as both.
    const once = new Map(blobs.map((blob) => [blob.digest, blob]))
    await forEachAtOnce(once.values(), WIDTH, (blob) => pushBlob(repository, blob))
    if (present.has(key)) return
    signal.throwIfAborted()
    await registry.putManifest(repository, digest, await readManifest(digest, manifest.mediaType))
    report.manifests++
    present.add(key)
  }

  async function pushImage({ repository, tag, root }: Image): Promise<void> {
    const { digest, mediaType } = root.descriptor
    const isThere = present.has(`${repository} ${digest}`)
    const named = tag === undefined ? digest : await registry.findDigest(repository, tag)
    const wasThere = isThere && named === digest
    report.images.push({ repository, digest, wasThere, ...(tag !== undefined && { tag }) })
    if (work.isDryRun) return
    await push(repository, digest)
    if (tag === undefined || named === digest) return
    const manifest =
      (await layout.findSize(digest)) === undefined
        ? await registry.findManifest(repository, digest)
        : await readManifest(digest, mediaType)
    if (manifest !== undefined) await registry.putManifest(repository, tag, manifest)
  }

  const images = await placeAll(
    parseLayoutIndex(await layout.readIndex(MAX_INDEX_BYTES)),
    work,
    async ({ descriptor }) =>
      (await layout.findSize(descriptor.digest)) === undefined
        ? []
        : (await findKnown(descriptor.digest, descriptor.mediaType)).references,
  )
  for (const { repository, root } of images) {
    await check(repository, { digest: root.descriptor.digest, mediaType: root.descriptor.mediaType, depth: 0 })
  }
  if (missing.size > 0) {
    const shown = [...missing].slice(0, SHOWN).join("\n  ")
    throw new Error(`the layout is not whole, and nothing was stored: neither it nor the registry has\n  ${shown}`)
  }
  work.progress(0, planned.bytes)
  for (const image of images) await pushImage(image)
  return work.isDryRun ? { ...report, ...planned } : report
}

/** Gives each entry its place. One without a name goes where what it refers to goes. */
async function placeAll(
  roots: LayoutRoot[],
  { target, prefix }: LayoutImportWork,
  listOf: (root: LayoutRoot) => Promise<ManifestReference[]>,
): Promise<Image[]> {
  if (roots.length === 0) throw new Error("the layout is empty: its index.json names nothing")
  const images: Image[] = []
  const later: LayoutRoot[] = []
  for (const root of roots) {
    if (!isManifestMediaType(root.descriptor.mediaType)) {
      throw new Error(
        `index.json names ${root.descriptor.digest} of a type that is no manifest's: ${root.descriptor.mediaType.slice(0, 100)}`,
      )
    }
    const read = readPlacement(root.descriptor)
    const repository = target?.repository ?? addPrefix(prefix, read.repository)
    const tag = target?.tag ?? read.tag
    if (repository === undefined) later.push(root)
    else images.push({ repository, root, ...(tag !== undefined && { tag }) })
  }
  const tagged = images.filter(({ tag }) => tag !== undefined)
  if (target?.tag !== undefined && tagged.length > 1) {
    throw new Error(`the layout names ${tagged.length} images, and they cannot all be ${target.tag}: leave the tag out`)
  }
  for (let rest = later; rest.length > 0;) {
    const homeless: LayoutRoot[] = []
    for (const root of rest) {
      const subjects = new Set((await listOf(root)).flatMap(({ kind, digest }) => (kind === "subject" ? [digest] : [])))
      const homes = images.filter((image) => subjects.has(image.root.descriptor.digest))
      for (const repository of new Set(homes.map((home) => home.repository))) images.push({ repository, root })
      if (homes.length === 0) homeless.push(root)
    }
    if (homeless.length === rest.length) {
      const digest = homeless[0]?.descriptor.digest ?? ""
      throw new Error(`the layout does not say which repository ${digest} belongs to: name one`)
    }
    rest = homeless
  }
  return images
}

function addPrefix(prefix: string, repository: RepositoryName | undefined): RepositoryName | undefined {
  if (repository === undefined || prefix === "") return repository
  const name = `${prefix}/${repository}`
  if (!isRepositoryName(name)) throw new Error(`${name.slice(0, 300)} is no name of a repository`)
  return name
}
