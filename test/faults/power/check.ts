import { uploadPath } from "../../../src/adapters/blob-store/filesystem/layout.ts"
import { parseDigest } from "../../../src/domain/digest.ts"
import { isRegistryError } from "../../../src/domain/errors.ts"
import { parseRepositoryName } from "../../../src/domain/repository-name.ts"
import type { Files } from "../../../src/ports/files.ts"
import type { RequestContext } from "../../../src/services/request-context.ts"
import { WrongAnswerError } from "../client.ts"
import { algorithmOf, contentBytes, digestOf, isSame, type Content } from "../content.ts"
import type { OpenUpload } from "../ledger.ts"
import type { Oracle } from "../oracle.ts"
import { effectsOf, type Repository } from "../repository.ts"
import type { SimDatabase } from "./database.ts"
import { createImageFiles, type Image } from "./image.ts"
import { openRegistry, ROOT, type Registry, type RegistryParts } from "./registry.ts"

/** A registry that has just started, on whichever image it is shown: it reads, and changes nothing. */
export interface Inspector {
  /** Throws an error that says what is lost or half made. */
  check(image: Image, oracle: Oracle): Promise<void>
}

const now = async <Result>(effect: () => Result | Promise<Result>): Promise<Result> => effect()

const context: RequestContext = {
  actor: { id: "anonymous", quotaKey: "check" },
  requestId: "check",
  signal: new AbortController().signal,
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
}

interface InspectorParts {
  database: SimDatabase
  /** Any that the disk has: a registry is opened on it. */
  first: Image
  mutate: RegistryParts["mutate"]
}

export async function createInspector({ database, first, mutate }: InspectorParts): Promise<Inspector> {
  let current = first
  const files = createImageFiles(() => current)
  const registry = await openRegistry({ files, database: database.open(now), mutate })
  return {
    check: async (image, oracle) => {
      current = image
      for (const repository of oracle.repositories.values()) {
        await checkBlobs(registry, repository, oracle)
        const upload = oracle.uploads.get(repository.name)
        if (upload !== undefined) await checkUpload({ registry, files }, repository, upload)
      }
    },
  }
}

/** Every blob that was ever pushed is there bit for bit or not there at all, and what was acknowledged is as it must be. */
async function checkBlobs(registry: Registry, repository: Repository, oracle: Oracle): Promise<void> {
  const open = oracle.open.get(repository.name)
  const contents = new Map(repository.contents)
  if (open?.kind === "put-blob") contents.set(open.digest, open.content)
  const effects = open === undefined ? [] : effectsOf(repository, open)
  const unknown = new Set(effects.flatMap(({ place }) => (place.kind === "blob" ? [place.id] : [])))
  for (const [digest, content] of contents) {
    const isThere = await hasBlob(registry, { repository: repository.name, digest, content })
    if (unknown.has(digest) || isThere === repository.blobs.has(digest)) continue
    throw new WrongAnswerError(`${repository.name}: blob ${digest} is ${isThere ? "there, but was deleted" : "lost"}`)
  }
}

interface Subject {
  registry: Registry
  files: Files
}

interface Wanted {
  repository: string
  digest: string
  content: Content
}

async function hasBlob({ services, store }: Registry, wanted: Wanted): Promise<boolean> {
  const { repository, digest, content } = wanted
  try {
    const blob = await services.blobs.get(context, parseRepositoryName(repository), parseDigest(digest))
    const bytes = await store.read(blob, blob.sizeBytes)
    if (bytes !== undefined && isSame(bytes, bytesOf(content))) return true
  } catch (error) {
    if (isRegistryError(error, "BLOB_UNKNOWN")) return false
    // Anything else is a fault of this test.
    if (!isRegistryError(error, "BLOB_DAMAGED")) throw error
    throw new WrongAnswerError(`${repository}: blob ${digest}: ${String(error)}`)
  }
  throw new WrongAnswerError(`${repository}: blob ${digest} does not have the bytes that were pushed`)
}

/** The bytes up to where the client would be told to go on are those that it sent, or the upload is found to be void. */
async function checkUpload({ registry, files }: Subject, repository: Repository, upload: OpenUpload): Promise<void> {
  const id = /uploads\/([^/?]+)/.exec(upload.location)?.[1] ?? ""
  const row = await registry.metadata.uploads.find(id)
  if (row === undefined) return
  const what = `${repository.name}: upload ${id}`
  if (row.offset < upload.ackedBytes) {
    throw new WrongAnswerError(`${what}: ${row.offset} bytes of ${upload.ackedBytes} are noted`)
  }
  const content = bytesOf(upload.content)
  const noted = content.subarray(0, row.offset)
  if (row.digest !== undefined && row.digest !== digestOf(noted, algorithmOf(row.digest))) {
    throw new WrongAnswerError(`${what}: the row has the digest of other bytes`)
  }
  const { sizeBytes } = await registry.store.findUpload(id, row.offset)
  if (sizeBytes < row.offset || sizeBytes === 0) return
  const stored = (await files.findContent(uploadPath(ROOT, id), Infinity))?.bytes ?? new Uint8Array(0)
  if (isSame(stored.subarray(0, sizeBytes), content.subarray(0, sizeBytes))) return
  throw new WrongAnswerError(`${what}: of ${sizeBytes} bytes some are others`)
}

const known = new Map<string, Uint8Array>()

/** Made once: it costs more than comparing. */
function bytesOf(content: Content): Uint8Array {
  const key = `${content.seed} ${content.sizeBytes}`
  const bytes = known.get(key) ?? contentBytes(content)
  if (known.size > 2000) known.clear()
  known.set(key, bytes)
  return bytes
}
