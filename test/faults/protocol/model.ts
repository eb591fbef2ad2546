// The registry as the specification has it, in memory and without a thought for speed: what every answer must be.
import { OCI_INDEX } from "../../../src/domain/media-type.ts"
import { bodiless, empty, fail, withBody, withRanges } from "./model-answers.ts"
import {
  artifactTypeOf,
  describeReferrer,
  findDefaultImage,
  knowsIndexes,
  listNeeded,
  readDocument,
} from "./model-manifests.ts"
import { isDigest, isName, isTag, readContentRange, readRanges } from "./grammar.ts"
import { LIMITS } from "./limits.ts"
import { pointTag, removeTag } from "./model-undo.ts"
import { BAD_TIME, digestOf, PAST } from "./pool.ts"
import type { Answer, Question } from "./question.ts"
import { CHALLENGE, RIGHTS } from "./rights.ts"
import { algorithmOf, createState, ensureRepository, sorted, type ModelUpload, type State } from "./state.ts"

export interface Model {
  state: State
  /** What must be answered, and the change that goes with it. */
  answer(question: Question): Answer
  /** After a body that was cut off: the server says how much of it came. */
  settle(upload: ModelUpload, bytes: Uint8Array): void
  /** After the registry has ended and begun anew. */
  restart(): void
}

type Action = "pull" | "push" | "delete" | "cancel" | "catalog" | "login"

const METHODS: Record<Question["kind"], Record<string, Action>> = {
  base: { GET: "login", HEAD: "login" },
  catalog: { GET: "catalog", HEAD: "catalog" },
  tags: { GET: "pull", HEAD: "pull" },
  referrers: { GET: "pull", HEAD: "pull" },
  manifest: { GET: "pull", HEAD: "pull", PUT: "push", DELETE: "delete" },
  blob: { GET: "pull", HEAD: "pull", DELETE: "delete" },
  uploads: { POST: "push" },
  upload: { GET: "pull", HEAD: "pull", PATCH: "push", PUT: "push", DELETE: "cancel" },
}
const NEEDED: Record<Action, string[]> = {
  pull: ["pull"],
  push: ["pull", "push"],
  delete: ["delete"],
  cancel: ["delete"],
  catalog: ["*"],
  login: [],
}

export function createModel(): Model {
  const state = createState()
  const { repositories, contents, uploads } = state

  function answer(question: Question): Answer {
    const refusal = refuse(question)
    if (refusal !== undefined) return refusal
    switch (question.kind) {
      case "base":
        return withBody(question, 200, { "content-type": "application/json" }, "{}")
      case "catalog":
        return listCatalog(question)
      case "tags":
        return listTags(question)
      case "referrers":
        return listReferrers(question)
      case "manifest":
        return question.method === "PUT" ? putManifest(question) : answerManifest(question)
      case "blob":
        return answerBlob(question)
      case "uploads":
        return startUpload(question)
      case "upload":
        return answerUpload(question)
    }
  }

  function listCatalog(question: Question): Answer {
    const n = readPageSize(question, LIMITS.catalog)
    if (n === "bad") return fail(400, "PAGINATION_NUMBER_INVALID")
    const { user } = question
    const names = [...repositories].filter(
      ([name, { manifests }]) =>
        manifests.size > 0 && (may(user, "catalog", "") || user === "admin" || may(user, "pull", name)),
    )
    const page = cut(
      names.map(([name]) => name),
      question,
      n ?? LIMITS.catalog,
    )
    return listing(question, { path: "/v2/_catalog", ...page, n }, (items) => ({ repositories: items }))
  }

  function listTags(question: Question): Answer {
    const n = readPageSize(question, LIMITS.tags)
    if (n === "bad") return fail(400, "PAGINATION_NUMBER_INVALID")
    const name = question.repository
    const page = cut([...(repositories.get(name)?.tags.keys() ?? [])], question, n ?? Infinity)
    if (page.items.length === 0 && !repositories.has(name)) return fail(404, "NAME_UNKNOWN")
    return listing(question, { path: `/v2/${name}/tags/list`, ...page, n }, (items) => ({ name, tags: items }))
  }

  function listReferrers(question: Question): Answer {
    if (!isDigest(question.reference)) return fail(400, "DIGEST_INVALID")
    const wanted = valueOf(question, "artifactType")
    const all = [...(repositories.get(question.repository)?.manifests ?? [])].filter(
      ([, { document }]) =>
        document.subject?.digest === question.reference &&
        (wanted === undefined || artifactTypeOf(document) === wanted),
    )
    const found = new Map(all)
    const { items } = cut(found.keys(), question, Infinity)
    const manifests = items.map((digest) => describeReferrer(digest, found.get(digest)))
    const headers = {
      "content-type": OCI_INDEX,
      ...(wanted !== undefined && { "oci-filters-applied": "artifactType" }),
    }
    return withBody(
      question,
      200,
      headers,
      `${JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })}\n`,
    )
  }

  function answerManifest(question: Question): Answer {
    const { reference, method } = question
    const repository = repositories.get(question.repository)
    const isByDigest = reference.includes(":")
    if (isByDigest && !isDigest(reference)) return fail(400, "DIGEST_INVALID")
    const time = isByDigest || method === "DELETE" ? undefined : valueOf(question, "at")
    if (time === BAD_TIME && isTag(reference)) return fail(400, "MANIFEST_INVALID")
    // Before everything that is on record nothing was there; at any time to come it is what it is now.
    if (time === PAST) return fail(404, "MANIFEST_UNKNOWN")
    let digest = isByDigest ? reference : (repository?.tags.get(reference) ?? "")
    let manifest = repository?.manifests.get(digest)
    if (repository === undefined || manifest === undefined) return fail(404, "MANIFEST_UNKNOWN")
    if (method === "DELETE") {
      const tags = isByDigest
        ? [...repository.tags.keys()].filter((tag) => repository.tags.get(tag) === digest)
        : [reference]
      for (const tag of tags) removeTag(repository, tag)
      if (isByDigest) {
        repository.manifests.delete(digest)
        repository.deleted.set(digest, { ...manifest, tags })
      }
      return empty(202)
    }
    const image = isByDigest || knowsIndexes(question) ? undefined : findDefaultImage(repository, manifest)
    if (image !== undefined) [digest, manifest] = image
    const headers = { "docker-content-digest": digest, etag: `"${digest}"` }
    if (isUnchanged(question, digest)) return bodiless(304, headers)
    return withBody(question, 200, { ...headers, "content-type": manifest.mediaType }, manifest.bytes)
  }

  function putManifest(question: Question): Answer {
    const { reference, body = new Uint8Array(0) } = question
    const isByDigest = reference.includes(":")
    if (isByDigest && !isDigest(reference)) return fail(400, "DIGEST_INVALID")
    const more = [...new Set(question.query.filter(([name]) => name === "tag").map(([, value]) => value))]
    const tags = isByDigest ? more : [reference, ...more]
    if (!tags.every(isTag) || (!isByDigest && more.length > 0)) return fail(400, "MANIFEST_INVALID")
    const digest = digestOf(body, isByDigest ? algorithmOf(reference) : "sha256")
    if (isByDigest && digest !== reference) return fail(400, "DIGEST_INVALID")
    const mediaType = (question.headers["content-type"] ?? "").replace(/;.*$/, "").trim().toLowerCase()
    const document = readDocument(body, mediaType)
    if (document === undefined) return fail(400, "MANIFEST_INVALID")
    const held = repositories.get(question.repository)
    if (!listNeeded(document).every(({ kind, digest: needed }) => held?.[kind].has(needed) === true))
      return fail(404, "MANIFEST_BLOB_UNKNOWN")
    const repository = ensureRepository(state, question.repository)
    const manifest = { mediaType, bytes: body, document }
    if (!repository.manifests.has(digest)) repository.manifests.set(digest, manifest)
    state.pushed.push({ ...manifest, repository: question.repository })
    repository.deleted.delete(digest)
    for (const tag of tags) pointTag(repository, tag, digest)
    return empty(201, {
      location: `/v2/${question.repository}/manifests/${digest}`,
      "docker-content-digest": digest,
      ...(document.subject !== undefined && { "oci-subject": document.subject.digest }),
      ...(more.length > 0 && { "oci-tag": more.join(", ") }),
    })
  }

  function answerBlob(question: Question): Answer {
    const { reference: digest, method } = question
    if (!isDigest(digest)) return fail(400, "DIGEST_INVALID")
    const repository = repositories.get(question.repository)
    const bytes = contents.get(digest)
    if (repository?.blobs.has(digest) !== true || bytes === undefined) return fail(404, "BLOB_UNKNOWN")
    if (method === "DELETE") {
      repository.blobs.delete(digest)
      repository.unlinked.add(digest)
      return empty(202)
    }
    const headers = {
      "content-type": "application/octet-stream",
      "docker-content-digest": digest,
      etag: `"${digest}"`,
      "cache-control": "max-age=31536000",
      "accept-ranges": "bytes",
    }
    if (isUnchanged(question, digest)) return bodiless(304, headers)
    const ifRange = question.headers["if-range"]
    const isSame = ifRange === undefined || ifRange === digest || ifRange === `"${digest}"`
    const ranges =
      method === "HEAD" || !isSame ? "whole" : readRanges(question.headers["range"], bytes.length, LIMITS.ranges)
    if (ranges === "none") return fail(416, "RANGE_INVALID", { "content-range": `bytes */${bytes.length}` })
    if (ranges === "whole") return withBody(question, 200, headers, bytes)
    return withRanges(question, { headers, bytes, ranges })
  }

  function startUpload(question: Question): Answer {
    const { user, repository } = question
    const [mount, from, digest] = ["mount", "from", "digest"].map((name) => valueOf(question, name))
    if (mount !== undefined) {
      if (!isDigest(mount)) return fail(400, "DIGEST_INVALID")
      const sources = from === undefined ? [...repositories.keys()] : [from]
      const holds = (name: string) => may(user, "pull", name) && repositories.get(name)?.blobs.has(mount) === true
      if (sources.some(holds)) return keepBlob(repository, mount)
    }
    if ([...uploads.values()].filter(({ owner }) => owner === user).length >= LIMITS.uploads)
      return fail(429, "TOOMANYREQUESTS")
    const upload = {
      id: `upload-${++state.lastUpload}`,
      repository,
      owner: user,
      bytes: new Uint8Array(0),
      notedBytes: 0,
    }
    uploads.set(upload.id, upload)
    if (digest === undefined) return empty(202, { ...statusOf(upload), "oci-chunk-min-length": "1048576" })
    const closed = closeUpload(question, upload)
    uploads.delete(upload.id)
    return closed
  }

  function answerUpload(question: Question): Answer {
    const { method, user, reference } = question
    const range = question.headers["content-range"]
    const takesBody = method === "PATCH" || method === "PUT"
    if (takesBody && range !== undefined && readContentRange(range) === undefined) return fail(400, "SIZE_INVALID")
    const upload = uploads.get(reference)
    if (upload?.repository !== question.repository || upload.owner !== user) return fail(404, "BLOB_UPLOAD_UNKNOWN")
    if (method === "DELETE") {
      uploads.delete(reference)
      return bodiless(204, { "docker-upload-uuid": reference })
    }
    if (!takesBody) return bodiless(204, statusOf(upload))
    const refusal = refuseChunk(question, upload)
    if (refusal !== undefined) return refusal
    if (method === "PUT") return closeUpload(question, upload)
    const tooLarge = append(question, upload)
    if (tooLarge !== undefined) return tooLarge
    upload.notedBytes = upload.bytes.length
    return empty(202, statusOf(upload))
  }

  function closeUpload(question: Question, upload: ModelUpload): Answer {
    const digests = new Set(question.query.filter(([name]) => name === "digest").map(([, value]) => value))
    const [digest = ""] = digests
    if (digests.size !== 1 || !isDigest(digest)) return fail(400, "DIGEST_INVALID")
    const tooLarge = append(question, upload)
    if (tooLarge !== undefined) return tooLarge
    uploads.delete(upload.id)
    if (digestOf(upload.bytes, algorithmOf(digest)) !== digest) return fail(400, "DIGEST_INVALID")
    contents.set(digest, upload.bytes)
    return keepBlob(upload.repository, digest)
  }

  function append({ body = new Uint8Array(0) }: Question, upload: ModelUpload): Answer | undefined {
    if (upload.bytes.length + body.length > LIMITS.blobBytes) return fail(413, "SIZE_INVALID")
    upload.bytes = Buffer.concat([upload.bytes, body])
    return undefined
  }

  function keepBlob(name: string, digest: string): Answer {
    const repository = ensureRepository(state, name)
    repository.blobs.add(digest)
    repository.unlinked.delete(digest)
    return empty(201, { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest })
  }

  return {
    state,
    answer,
    settle: (upload, bytes) => (upload.bytes = bytes),
    restart: () => {
      for (const upload of uploads.values()) upload.bytes = upload.bytes.subarray(0, upload.notedBytes)
    },
  }
}

/** What is refused by the route, the name and the rights alone. */
function refuse({ kind, method, user, face, repository }: Question): Answer | undefined {
  const action = METHODS[kind][method]
  if (action === undefined) return fail(405, "UNSUPPORTED", { allow: Object.keys(METHODS[kind]).join(", ") })
  if (user === "nobody") return fail(401, "UNAUTHORIZED", { "www-authenticate": CHALLENGE })
  const hasName = kind !== "base" && kind !== "catalog"
  if (hasName && !isName(repository)) return fail(400, "NAME_INVALID")
  if (!may(user, action, repository)) return fail(401, "UNAUTHORIZED", { "www-authenticate": CHALLENGE })
  const writes = action === "push" || action === "delete" || action === "cancel"
  if (face === "read-only" && writes) return fail(405, "UNSUPPORTED", { allow: "GET, HEAD" })
  if (face === "no-deletes" && action === "delete") return fail(405, "UNSUPPORTED")
  return undefined
}

function may(user: Question["user"], action: Action, repository: string): boolean {
  if (user === "admin") return true
  if (user === "nobody") return false
  const granted = RIGHTS[user][action === "catalog" ? "catalog" : repository] ?? []
  return NEEDED[action].every((each) => granted.includes(each))
}

/** A chunk that does not begin where the upload ends, or that is not as long as it says, changes nothing. */
function refuseChunk(question: Question, upload: ModelUpload): Answer | undefined {
  const range = readContentRange(question.headers["content-range"] ?? "")
  if (range === undefined) return undefined
  if (range.start !== upload.bytes.length) return fail(416, "RANGE_INVALID", statusOf(upload))
  const hasLength = !question.isStreamed && range.length !== (question.body?.length ?? 0)
  return hasLength ? fail(400, "SIZE_INVALID") : undefined
}

function statusOf({ id, repository, bytes }: ModelUpload): Record<string, string> {
  return {
    location: `/v2/${repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(bytes.length - 1, 0)}`,
    "docker-upload-uuid": id,
  }
}

function isUnchanged({ headers }: Question, digest: string): boolean {
  const tags = headers["if-none-match"]?.split(",").map((each) => each.trim().replace(/^W\//, "")) ?? []
  return tags.some((each) => each === "*" || each === digest || each === `"${digest}"`)
}

function valueOf({ query }: Question, wanted: string): string | undefined {
  return query.find(([name]) => name === wanted)?.[1]
}

function readPageSize({ query }: Question, maximum: number): number | undefined | "bad" {
  const [first, ...others] = query.filter(([name]) => name === "n").map(([, value]) => value)
  if (first === undefined) return undefined
  return others.length > 0 || !/^\d{1,19}$/.test(first) ? "bad" : Math.min(Number(first), maximum)
}

function cut(names: Iterable<string>, question: Question, limit: number): { items: string[]; hasMore: boolean } {
  const last = Buffer.from(valueOf(question, "last") ?? "")
  const rest = sorted(names).filter((name) => Buffer.compare(Buffer.from(name), last) > 0)
  return { items: rest.slice(0, limit), hasMore: rest.length > limit }
}

function listing(
  question: Question,
  page: { path: string; items: string[]; hasMore: boolean; n: number | undefined },
  describe: (items: string[]) => unknown,
): Answer {
  const { path, items, hasMore, n } = page
  const last = items.at(-1)
  const query = new URLSearchParams({ last: last ?? "", n: String(n ?? items.length) }).toString()
  const link: Record<string, string> = hasMore && last !== undefined ? { link: `<${path}?${query}>; rel="next"` } : {}
  const headers = { "content-type": "application/json", ...link }
  return withBody(question, 200, headers, `${JSON.stringify(describe(items))}\n`)
}
