import { createHash } from "node:crypto"
import { digestAlgorithm, digestOf, type Digest } from "../domain/digest.ts"
import type { Descriptor } from "../domain/descriptor.ts"
import { digestMismatch, RegistryError } from "../domain/errors.ts"
import {
  findDefaultPlatform,
  listReferences,
  parseManifest,
  type Manifest,
  type ManifestReference,
} from "../domain/manifest.ts"
import { isIndexMediaType } from "../domain/media-type.ts"
import type { Reference } from "../domain/reference.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { HistoryRecords } from "../ports/metadata/history.ts"
import type { ManifestRecord, ManifestRecords } from "../ports/metadata/manifests.ts"
import type { ScrubRecords } from "../ports/metadata/scrub.ts"
import type { TagRecords } from "../ports/metadata/tags.ts"
import { isOfDigest } from "./digest-check.ts"
import type { Events } from "./events.ts"
import { createManifestCache, type CacheUse, type ManifestCache } from "./manifest-cache.ts"
import type { Pulls } from "./pulls.ts"
import type { RequestContext } from "./request-context.ts"
import type { FindLost } from "./stored-references.ts"
import type { Touches } from "./touches.ts"

export interface ManifestPush {
  repository: RepositoryName
  reference: Reference
  /** Further tags to point at it, where it is pushed by digest. */
  tags: Tag[]
  bytes: Uint8Array
  contentType: string | null
}

export interface Manifests {
  /**
   * Throws MANIFEST_UNKNOWN. `knowsIndexes: false`: a tag of an index gives its linux/amd64 image, where it has one. `at`
   * (epoch ms): what the tag named then, as long as that was neither deleted nor collected.
   */
  get(context: RequestContext, repository: RepositoryName, wanted: WantedManifest): Promise<ManifestRecord>
  /** Throws MANIFEST_UNKNOWN where the bytes are damaged or gone: whoever asks before a push is to push it. */
  confirm(manifest: ManifestRecord): Promise<void>
  /** The bytes as pushed. Counts as a pull. Throws as `confirm` does. */
  read(repository: RepositoryName, manifest: ManifestRecord): Promise<Uint8Array>
  /** Tells of a GET or HEAD that is answered with the manifest. */
  tellPull(context: RequestContext, repository: RepositoryName, pulled: PulledManifest): void
  /** Throws MANIFEST_INVALID, DIGEST_MISMATCH, or MANIFEST_REFERENCE_UNKNOWN while the repository lacks what it names. */
  put(context: RequestContext, push: ManifestPush): Promise<{ digest: Digest; subject: Digest | undefined }>
  /** A tag goes alone; a digest goes with every tag that points to it. Throws MANIFEST_UNKNOWN or TAG_UNKNOWN. */
  delete(context: RequestContext, repository: RepositoryName, reference: Reference): Promise<void>
  /** How often reading found the bytes in memory. */
  countCacheUse(): CacheUse
}

export interface WantedManifest {
  reference: Reference
  knowsIndexes: boolean
  at?: number | undefined
}

export interface PulledManifest {
  manifest: ManifestRecord
  /** What the client asked for. */
  reference: Reference
}

export interface Platform {
  os: string | undefined
  architecture: string | undefined
}

export interface ManifestRules {
  maxReferences: number
  /** The children of an index that must be there: all, or those of these platforms. */
  requiredPlatforms: "all" | readonly Platform[]
  /** What the URLs of layers must match, and must not. */
  urls: { allow: readonly RegExp[]; deny: readonly RegExp[] }
}

interface Dependencies {
  manifests: ManifestRecords
  tags: TagRecords
  history: Pick<HistoryRecords, "findAt">
  touches: Pick<Touches, "renewManifest">
  scrub: Pick<ScrubRecords, "condemnManifest">
  pulls: Pulls
  rules: ManifestRules
  cache?: ManifestCache
  findLost: FindLost
  /** `undefined`: nobody is to be told of anything. */
  events?: Events | undefined
}

export function createManifests(dependencies: Dependencies): Manifests {
  const { manifests, tags, history, touches, scrub, pulls, rules, events, findLost } = dependencies
  const { cache = createManifestCache() } = dependencies

  async function find(repository: RepositoryName, reference: Reference): Promise<ManifestRecord> {
    const found =
      reference.kind === "tag"
        ? await tags.find(repository, reference.tag)
        : await manifests.find(repository, reference.digest)
    if (found === undefined) throw unknownManifest(reference)
    return found
  }

  async function findReferenceAt(repository: RepositoryName, reference: Reference, at: number): Promise<Reference> {
    if (reference.kind === "digest") return reference
    const digest = await history.findAt(repository, reference.tag, at)
    if (digest === undefined) throw unknownManifest(reference)
    return { kind: "digest", digest }
  }

  async function readBytes({ digest }: ManifestRecord): Promise<Uint8Array> {
    const cached = cache.find(digest)
    if (cached !== undefined) return cached
    const bytes = await manifests.findBytes(digest)
    if (bytes === undefined) throw unknownManifest({ kind: "digest", digest })
    if (!isOfDigest(bytes, digest)) {
      // Out of the way, so that the next push stores the right ones.
      await scrub.condemnManifest(digest, bytes)
      throw unknownManifest({ kind: "digest", digest })
    }
    cache.put(digest, bytes)
    return bytes
  }

  async function findDefaultImage(
    repository: RepositoryName,
    index: ManifestRecord,
  ): Promise<ManifestRecord | undefined> {
    const child = findDefaultPlatform(parseManifest(await readBytes(index), index.mediaType, Infinity))
    return child && manifests.find(repository, child.digest)
  }

  return {
    countCacheUse: () => cache.countUse(),
    get: async (context, repository, { reference, knowsIndexes, at }) => {
      const named = at === undefined ? reference : await findReferenceAt(repository, reference, at)
      const manifest = await find(repository, named)
      // What a tag names is not collected; when the tag moves, its time begins then.
      const isKept = named.kind === "tag" || (await touches.renewManifest(context, repository, manifest.digest))
      if (!isKept) throw unknownManifest(named)
      if (knowsIndexes || reference.kind === "digest" || !isIndexMediaType(manifest.mediaType)) return manifest
      return (await findDefaultImage(repository, manifest)) ?? manifest
    },
    confirm: async (manifest) => void (await readBytes(manifest)),
    read: (repository, manifest) => {
      pulls.mark(repository, manifest.digest)
      return readBytes(manifest)
    },
    tellPull: (context, repository, { manifest, reference }) => {
      events?.noteManifestPull(context, manifest, {
        repository,
        ...(reference.kind === "tag" && { tag: reference.tag }),
      })
    },
    put: async (context, { repository, reference, tags: more, bytes, contentType }) => {
      const digest = computeDigest(bytes, reference)
      const manifest = parseManifest(bytes, contentType, rules.maxReferences)
      checkUrls(manifest, rules.urls)
      const pushedTags = reference.kind === "tag" ? [reference.tag, ...more] : more
      const told = events?.describeManifestPush(
        context,
        { repository, digest, mediaType: manifest.mediaType, bytes },
        pushedTags,
      )
      const references = listReferences(manifest, (child) => isChildRequired(child, rules.requiredPlatforms))
      refuseMissing(await findLost(repository, references))
      const { missing } = await manifests.put({
        repository,
        digest,
        mediaType: manifest.mediaType,
        sizeBytes: bytes.length,
        bytes,
        references,
        ...(manifest.subject !== undefined && { subject: manifest.subject.digest }),
        ...(manifest.artifactType !== undefined && { artifactType: manifest.artifactType }),
        ...(manifest.annotations !== undefined && { annotations: manifest.annotations }),
        tags: pushedTags,
        checksReferences: true,
        actor: context.actor.id,
        ...(told !== undefined && { events: told }),
      })
      refuseMissing(missing)
      cache.put(digest, bytes)
      return { digest, subject: manifest.subject?.digest }
    },
    delete: async (context, repository, reference) => {
      const actor = context.actor.id
      const isDeleted =
        reference.kind === "tag"
          ? await tags.delete(repository, reference.tag, {
              actor,
              ...events?.describeTagDelete(context, repository, reference.tag),
            })
          : await manifests.delete(repository, reference.digest, {
              actor,
              ...events?.describeManifestDelete(context, repository, reference.digest),
            })
      if (!isDeleted) throw unknownManifest(reference)
    },
  }
}

function refuseMissing(missing: readonly ManifestReference[]): void {
  if (missing.length === 0) return
  const detail = missing.slice(0, 100).map(({ digest, kind }) => ({ digest, kind }))
  throw new RegistryError("MANIFEST_REFERENCE_UNKNOWN", "the manifest names content that the repository lacks", {
    detail,
  })
}

function computeDigest(bytes: Uint8Array, reference: Reference): Digest {
  const algorithm = reference.kind === "digest" ? digestAlgorithm(reference.digest) : "sha256"
  const digest = digestOf(algorithm, createHash(algorithm).update(bytes).digest("hex"))
  if (reference.kind === "digest" && digest !== reference.digest) throw digestMismatch(reference.digest, digest)
  return digest
}

function isChildRequired({ platform }: Descriptor, required: ManifestRules["requiredPlatforms"]): boolean {
  if (required === "all") return true
  return required.some(({ os, architecture }) => platform?.os === os && platform?.architecture === architecture)
}

/** The patterns may take longer than in proportion to the text, and whoever pushes writes it. */
const LONGEST_URL = 2048

function checkUrls(manifest: Manifest, { allow, deny }: ManifestRules["urls"]): void {
  if (allow.length === 0 && deny.length === 0) return
  for (const url of [...manifest.layers, ...manifest.manifests].flatMap((each) => each.urls ?? [])) {
    const isAllowed =
      url.length <= LONGEST_URL &&
      (allow.length === 0 || allow.some((rule) => rule.test(url))) &&
      !deny.some((rule) => rule.test(url))
    if (isAllowed) continue
    const reason =
      url.length > LONGEST_URL
        ? `a URL of a layer is longer than ${LONGEST_URL} characters`
        : "a URL of a layer is not one that validation.manifests.urls allows"
    throw new RegistryError("MANIFEST_INVALID", reason, { detail: { url: url.slice(0, 500) } })
  }
}

function unknownManifest(reference: Reference): RegistryError {
  return reference.kind === "tag"
    ? new RegistryError("TAG_UNKNOWN", "manifest unknown", { detail: { tag: reference.tag } })
    : new RegistryError("MANIFEST_UNKNOWN", "manifest unknown", { detail: { digest: reference.digest } })
}
