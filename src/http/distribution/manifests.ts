import type { Digest } from "../../domain/digest.ts"
import { RegistryError, isRegistryError } from "../../domain/errors.ts"
import { DOCKER_LIST, isManifestMediaType, OCI_INDEX } from "../../domain/media-type.ts"
import { parseReference, type Reference } from "../../domain/reference.ts"
import { parseTag } from "../../domain/tag.ts"
import { parseTimestamp } from "../../domain/timestamp.ts"
import type { ManifestRecord } from "../../ports/metadata/manifests.ts"
import type { Manifests } from "../../services/manifests.ts"
import type { BodyReader } from "../request-body.ts"
import { respondEmpty, type Call, type Handler } from "./call.ts"
import { isUnchanged } from "./conditional.ts"

interface ManifestHandlers {
  get: Handler
  head: Handler
  put: Handler
  delete: Handler
}

/** Answers' headers, built once: that is most of what a small answer costs. */
interface Described {
  mediaType: string
  get: { headers: Headers }
  head: { headers: Headers }
}

const MAX_DESCRIBED = 4096

export function createManifestHandlers(manifests: Manifests, readBody: BodyReader): ManifestHandlers {
  const described = new Map<Digest, Described>()

  function describe(call: Call, { digest, mediaType, sizeBytes }: ManifestRecord): Described {
    const known = described.get(digest)
    // The same bytes may have been pushed as an OCI index and as a Docker list.
    if (known?.mediaType === mediaType) return known
    if (described.size >= MAX_DESCRIBED) described.clear()
    const fields = {
      ...call.headers,
      "Content-Type": mediaType,
      "Docker-Content-Digest": digest,
      ETag: `"${digest}"`,
    }
    // A length of our own would cost a GET as much as the whole rest of its answer; the runtime knows it.
    const withLength = { ...fields, "Content-Length": String(sizeBytes) }
    const fresh = { mediaType, get: { headers: new Headers(fields) }, head: { headers: new Headers(withLength) } }
    described.set(digest, fresh)
    return fresh
  }

  async function find(call: Call, reference: Reference): Promise<ManifestRecord> {
    const knowsIndexes = acceptsIndexes(call.request.headers.get("accept"))
    // A digest names the same at any time.
    const at = reference.kind === "tag" ? parseTime(call.query.getAll("at")) : undefined
    return manifests.get(call.context, call.repository, { reference, knowsIndexes, at })
  }

  return {
    get: async (call) => {
      const reference = parseKnownReference(call.reference)
      const manifest = await find(call, reference)
      if (isUnchanged(call.request.headers.get("if-none-match"), manifest.digest))
        return respondUnchanged(call, manifest)
      const bytes = await manifests.read(call.repository, manifest)
      call.context.answerBytes = bytes.byteLength
      manifests.tellPull(call.context, call.repository, { manifest, reference })
      return new Response(bytes as Uint8Array<ArrayBuffer>, describe(call, manifest).get)
    },
    head: async (call) => {
      const reference = parseKnownReference(call.reference)
      const manifest = await find(call, reference)
      if (isUnchanged(call.request.headers.get("if-none-match"), manifest.digest))
        return respondUnchanged(call, manifest)
      await manifests.confirm(manifest)
      manifests.tellPull(call.context, call.repository, { manifest, reference })
      return new Response(null, describe(call, manifest).head)
    },
    put: async (call) => {
      refuseTime(call)
      const { repository } = call
      const reference = parseReference(call.reference)
      const tags = [...new Set(call.query.getAll("tag"))].map(parseTag)
      if (reference.kind === "tag" && tags.length > 0) {
        throw new RegistryError("TAG_INVALID", "?tag= names further tags of a manifest that is pushed by digest")
      }
      const bytes = await readBody(call.request)
      const contentType = call.request.headers.get("content-type")
      const pushed = await manifests.put(call.context, { repository, reference, tags, bytes, contentType })
      return respondEmpty(call, 201, {
        Location: call.locate(`${repository}/manifests/${pushed.digest}`),
        "Docker-Content-Digest": pushed.digest,
        // How the client learns that it need not write the fallback tag (distribution-spec, "Pushing Manifests with Subject").
        ...(pushed.subject !== undefined && { "OCI-Subject": pushed.subject }),
        ...(tags.length > 0 && { "OCI-Tag": tags.join(", ") }),
      })
    },
    delete: async (call) => {
      refuseTime(call)
      const { repository } = call
      await manifests.delete(call.context, repository, parseKnownReference(call.reference))
      return respondEmpty(call, 202, {})
    },
  }
}

function parseTime(times: readonly string[]): number | undefined {
  const [at] = times
  if (times.length > 1) throw new RegistryError("TIME_INVALID", "?at= is given more than once: give one time")
  return at === undefined ? undefined : parseTimestamp(at)
}

/** Whoever keeps the address of what a tag named must not change by it what the tag names today. */
function refuseTime({ query }: Call): void {
  if (query.has("at")) throw new RegistryError("TIME_INVALID", "?at= is for reading: what was cannot be changed")
}

/** A tag that cannot exist is one that does not: reading it is 404, not 400. */
function parseKnownReference(text: string): Reference {
  try {
    return parseReference(text)
  } catch (error) {
    if (isRegistryError(error, "TAG_INVALID")) throw new RegistryError("TAG_UNKNOWN", "manifest unknown")
    throw error
  }
}

function respondUnchanged(call: Call, { digest }: ManifestRecord): Response {
  const headers = { ...call.headers, "Docker-Content-Digest": digest, ETag: `"${digest}"` }
  return new Response(null, { status: 304, headers })
}

/** `false` only where Accept lists single manifests and nothing else: what is stored is answered to everybody else. */
function acceptsIndexes(accept: string | null): boolean {
  if (accept === null || accept.includes(OCI_INDEX) || accept.includes(DOCKER_LIST)) return true
  return !accept.split(",").every((each) => isManifestMediaType(each.replace(/;.*$/s, "").trim()))
}
