import { isRegistryError } from "../../../src/domain/errors.ts"
import type { Digest } from "../../../src/domain/digest.ts"
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../../../src/domain/media-type.ts"
import { parseRepositoryName, type RepositoryName } from "../../../src/domain/repository-name.ts"
import { parseTag } from "../../../src/domain/tag.ts"
import type { Restored } from "../../../src/ports/metadata/history.ts"
import { contentOf, MANIFEST_NAMES, type Call, type ManifestName } from "./call.ts"
import { describeRestored } from "./undo.ts"
import { contextOf, sha256, type Services } from "./world.ts"

/** What the short names of calls stand for. */
interface Scene {
  repositoryOf(name: string): RepositoryName
  blobOf(name: string): { digest: Digest; bytes: Uint8Array<ArrayBuffer> }
  manifestOf(name: ManifestName): { digest: Digest; bytes: Uint8Array<ArrayBuffer>; mediaType: string }
  nameOf(digest: string): string
}

const MEDIA_TYPES = {
  image: OCI_MANIFEST,
  index: OCI_INDEX,
  "docker image": DOCKER_MANIFEST,
  "docker list": DOCKER_LIST,
}

function createScene(): Scene {
  const blobs = new Map<string, ReturnType<Scene["blobOf"]>>()
  const manifests = new Map<ManifestName, ReturnType<Scene["manifestOf"]>>()
  const blobOf = (name: string) => {
    const bytes = new TextEncoder().encode(`the bytes of ${name}`)
    const made = blobs.get(name) ?? { digest: sha256(bytes), bytes }
    blobs.set(name, made)
    return made
  }
  const manifestOf = (name: ManifestName): ReturnType<Scene["manifestOf"]> => {
    const known = manifests.get(name)
    if (known !== undefined) return known
    const { blobs = [], children = [], subject, ...content } = contentOf(name)
    const mediaType = MEDIA_TYPES[content.mediaType]
    const [config, ...layers] = blobs.map((blob) => describe(blobOf(blob), "application/octet-stream"))
    const parts =
      content.mediaType === "image" || content.mediaType === "docker image"
        ? { config, layers }
        : { manifests: children.map((child) => describe(manifestOf(child))) }
    const named = subject === undefined ? {} : { subject: describe(manifestOf(subject)) }
    const text = JSON.stringify({ schemaVersion: 2, mediaType, ...parts, ...named, annotations: { name } })
    const made = { digest: sha256(text), bytes: new TextEncoder().encode(text), mediaType }
    manifests.set(name, made)
    return made
  }
  return {
    repositoryOf: parseRepositoryName,
    blobOf,
    manifestOf,
    nameOf: (digest) =>
      MANIFEST_NAMES.find((name) => manifestOf(name).digest === digest) ??
      [...blobs].find(([, blob]) => blob.digest === digest)?.[0] ??
      digest,
  }
}

export const scene = createScene()

function describe(
  { digest, bytes, mediaType }: { digest: Digest; bytes: Uint8Array<ArrayBuffer>; mediaType?: string },
  type = mediaType,
) {
  return { mediaType: type, digest, size: bytes.length }
}

/** Makes the call; gives `ok`, with what was found, or the code of the refusal. */
export async function perform(services: Services, call: Call): Promise<string> {
  try {
    return await ask(services, call)
  } catch (error) {
    if (isRegistryError(error)) return error.code
    throw error
  }
}

async function ask(services: Services, call: Call): Promise<string> {
  const repository = scene.repositoryOf(call.repository)
  const context = contextOf("alice")
  switch (call.verb) {
    case "push":
      return push(services, call)
    case "head":
      await services.blobs.get(context, repository, scene.blobOf(call.blob).digest)
      return "ok"
    case "get": {
      const { digest, bytes } = scene.blobOf(call.blob)
      const blob = await services.blobs.get(context, repository, digest)
      await services.blobs.open(blob)
      const read = await services.store.read(blob, bytes.length)
      return read !== undefined && sha256(read) === digest ? "ok" : "the bytes are not those that were pushed"
    }
    case "unlink":
      await services.blobs.delete(context, repository, scene.blobOf(call.blob).digest)
      return "ok"
    case "mount": {
      const mount = { to: repository, from: scene.repositoryOf(call.from) }
      return (await services.blobs.mount(context, scene.blobOf(call.blob).digest, mount)) ? "ok" : "upload"
    }
    case "put": {
      const { bytes, digest, mediaType } = scene.manifestOf(call.manifest)
      const tag = call.tag === undefined ? undefined : parseTag(call.tag)
      const reference = tag === undefined ? { kind: "digest" as const, digest } : { kind: "tag" as const, tag }
      await services.manifests.put(context, { repository, reference, tags: [], bytes, contentType: mediaType })
      return "ok"
    }
    case "pull": {
      const { digest } = scene.manifestOf(call.manifest)
      const manifest = await services.manifests.get(context, repository, {
        reference: { kind: "digest", digest },
        knowsIndexes: true,
      })
      const bytes = await services.manifests.read(repository, manifest)
      return sha256(bytes) === digest ? "ok" : "the bytes are not those that were pushed"
    }
    case "delete":
      await services.manifests.delete(context, repository, {
        kind: "digest",
        digest: scene.manifestOf(call.manifest).digest,
      })
      return "ok"
    case "referrers": {
      const page = await services.referrers.list(repository, scene.manifestOf(call.manifest).digest, { limit: 100 })
      return `ok ${page.items.map(({ digest }) => scene.nameOf(digest)).join()}`
    }
    case "resolve": {
      const reference = { kind: "tag" as const, tag: parseTag(call.tag) }
      const { digest } = await services.manifests.get(context, repository, { reference, knowsIndexes: true })
      return `ok ${scene.nameOf(digest)}`
    }
    case "untag":
      await services.manifests.delete(context, repository, { kind: "tag", tag: parseTag(call.tag) })
      return "ok"
    case "list":
      return `ok ${(await services.tags.list(repository, { limit: 100 })).items.join()}`
    case "then": {
      const reference = { kind: "tag" as const, tag: parseTag(call.tag) }
      const at = services.moment.beganAt
      const { digest } = await services.manifests.get(context, repository, { reference, knowsIndexes: true, at })
      return `ok ${scene.nameOf(digest)}`
    }
    case "drop":
      return drop(services, repository, { isPurge: false })
    case "purge":
      return drop(services, repository, { isPurge: true })
    case "restoreTag": {
      const restored = await services.history.restoreTag(context, { repository, tag: parseTag(call.tag) }, {})
      return `ok ${scene.nameOf(restored.digest)}: ${tellRestored(restored)}`
    }
    case "restoreManifest": {
      const { digest } = scene.manifestOf(call.manifest)
      return `ok: ${tellRestored(await services.history.restoreManifest(context, repository, digest))}`
    }
    case "restoreRepository": {
      // What is missing is not looked for, or it is; the manifests tell.
      const restored = await services.history.restoreRepository(context, repository)
      return `ok: ${tellRestored({ ...restored, missing: [] })}`
    }
  }
}

function tellRestored({ missing, ...restored }: Restored): string {
  return describeRestored({ ...restored, missing: missing.map((digest) => scene.nameOf(digest)) })
}

async function push(services: Services, call: { repository: string; blob: string }): Promise<string> {
  const repository = scene.repositoryOf(call.repository)
  const { digest, bytes } = scene.blobOf(call.blob)
  const context = contextOf("alice")
  const { id } = await services.uploads.create(context, repository, "sha256")
  await services.uploads.complete(
    context,
    { repository, id },
    {
      digest,
      openBody: () => iterate(bytes),
      lengthBytes: bytes.length,
      range: undefined,
    },
  )
  return "ok"
}

async function* iterate(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

/** Waits for the job's end: what an operator is then told. */
async function drop(
  { repositories, jobs }: Services,
  repository: RepositoryName,
  how: { isPurge: boolean },
): Promise<string> {
  const { id } = await repositories.delete(contextOf("operator"), repository, how)
  for await (const job of jobs.watch(id, new AbortController().signal)) {
    if (job.state === "done") return "ok"
    if (job.state !== "running") return `the job is ${job.state}: ${job.error ?? ""}`
  }
  return "the job is gone"
}
