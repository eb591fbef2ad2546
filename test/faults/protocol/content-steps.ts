import * as fc from "fast-check"
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../../../src/domain/media-type.ts"
import { ARTIFACT_TYPES, BAD_TAGS, BAD_TIME, digestOf, FUTURE, NO_DIGESTS, PAST, TAGS, UNKNOWN } from "./pool.ts"
import { ask } from "./question.ts"
import type { ModelRepository, State } from "./state.ts"
import { aDigest, anAlgorithm, aRepository, asker, mostly, pick, step } from "./step.ts"

const aTag = mostly(fc.constantFrom(...TAGS), fc.constantFrom(...BAD_TAGS), 20)
const reading = fc.constantFrom("GET" as const, "GET" as const, "HEAD" as const)

/** A blob or manifest of the repository where it has one; else, and now and then, any. */
function choose(held: Iterable<string> | undefined, index: number, other: string): string {
  return index % 8 === 0 ? other : (pick([...(held ?? [])], index) ?? other)
}

const aBlob = fc.record({ asker, repository: aRepository, index: fc.nat(40), digest: aDigest })

const pullBlob = step(
  "pull blob",
  fc.record({
    blob: aBlob,
    method: reading,
    range: fc.constantFrom(
      undefined,
      undefined,
      "bytes=0-0",
      "bytes=1-",
      "bytes=-3",
      "bytes=2-1",
      "bytes=90000-",
      "bytes=0-3,5-6",
      "bytes=0-1,0-1,0-1,0-1",
      "bytes=0-,0-",
      "items=0-1",
    ),
    condition: fc.constantFrom(undefined, undefined, "same", "other", "*", "if-range same", "if-range other"),
  }),
  (state, { blob, method, range, condition }) => {
    const { asker: who, repository, index } = blob
    const reference = choose(state.repositories.get(repository)?.blobs, index, blob.digest)
    const tag = condition?.endsWith("same") === true ? `"${reference}"` : condition === "*" ? "*" : '"other"'
    const name = condition?.startsWith("if-range") === true ? "if-range" : "if-none-match"
    const headers = { ...(range !== undefined && { range }), ...(condition !== undefined && { [name]: tag }) }
    return ask(method, "blob", { ...who, repository, reference, headers })
  },
)

const deleteBlob = step("delete blob", aBlob, (state, { asker: who, repository, index, digest }) => {
  const reference = choose(state.repositories.get(repository)?.blobs, index, digest)
  return ask("DELETE", "blob", { ...who, repository, reference })
})

const aManifest = fc.record({
  asker,
  repository: aRepository,
  isIndex: fc.boolean(),
  isDocker: fc.boolean(),
  parts: fc.array(fc.nat(40), { maxLength: 3 }),
  isTooLong: mostly(fc.constant(false), fc.constant(true), 40),
  subject: fc.option(fc.nat(40), { nil: undefined }),
  artifactType: fc.constantFrom(undefined, undefined, ...ARTIFACT_TYPES),
  annotations: fc.constantFrom(undefined, undefined, {}, { made: "now" }, { größe: "ß" }),
  states: fc.boolean(),
  flaw: mostly(
    fc.constant(undefined),
    fc.constantFrom("type", "parameters", "digest", "version", "both", "truncated", "array", "foreign", "missing"),
    5,
  ),
  by: mostly(fc.constant("tag"), fc.constantFrom("digest", "digest with tags"), 2),
  algorithm: anAlgorithm,
  tags: fc.array(aTag, { minLength: 1, maxLength: 2 }),
})

type ManifestDraft = typeof aManifest extends fc.Arbitrary<infer T> ? T : never

function describeBlob(held: ModelRepository | undefined, index: number): object {
  const digest = choose(held?.blobs, index, UNKNOWN[0] ?? "")
  return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: 1 }
}

function describeManifest(held: ModelRepository | undefined, index: number): object {
  const digest = choose(held?.manifests.keys(), index, UNKNOWN[index % 2] ?? "")
  const { mediaType = OCI_MANIFEST, bytes } = held?.manifests.get(digest) ?? {}
  const platform = index % 3 === 0 ? { platform: { os: "linux", architecture: "amd64" } } : {}
  return { mediaType, digest, size: bytes?.length ?? 1, ...platform }
}

function writeManifest(state: State, draft: ManifestDraft): { mediaType: string; bytes: Uint8Array } {
  const { isIndex, isDocker, parts, flaw } = draft
  const held = state.repositories.get(draft.repository)
  const mediaType = isIndex ? (isDocker ? DOCKER_LIST : OCI_INDEX) : isDocker ? DOCKER_MANIFEST : OCI_MANIFEST
  const list = draft.isTooLong ? Array.from({ length: 7 }, () => parts[0] ?? 1) : parts
  const foreign = { mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar", digest: UNKNOWN[0], size: 9 }
  const layers = [
    ...list.map((index) => describeBlob(held, index)),
    ...(flaw === "foreign" ? [foreign] : []),
    ...(flaw === "missing" ? [{ ...foreign, mediaType: "application/vnd.oci.image.layer.v1.tar" }] : []),
  ]
  const children = list.map((index) => describeManifest(held, index))
  const value = {
    schemaVersion: flaw === "version" ? 1 : 2,
    ...((draft.states || isDocker) && { mediaType }),
    ...(isIndex || flaw === "both" ? { manifests: children } : {}),
    ...(isIndex ? {} : { config: describeBlob(held, parts[0] ?? 1), layers }),
    ...(draft.subject !== undefined && { subject: describeManifest(held, draft.subject) }),
    ...(draft.artifactType !== undefined && { artifactType: draft.artifactType }),
    ...(draft.annotations !== undefined && { annotations: draft.annotations }),
  }
  const text = JSON.stringify(flaw === "array" ? [value] : value)
  return { mediaType, bytes: new TextEncoder().encode(flaw === "truncated" ? text.slice(0, -1) : text) }
}

const putManifest = step("put manifest", aManifest, (state, draft) => {
  const { asker: who, repository, flaw, by, algorithm, tags } = draft
  const { mediaType, bytes: body } = writeManifest(state, draft)
  const digest = flaw === "digest" ? (UNKNOWN[0] ?? "") : digestOf(body, algorithm)
  const types: Record<string, string> = { type: "application/json", parameters: `${mediaType}; charset=utf-8` }
  return ask("PUT", "manifest", {
    ...who,
    repository,
    reference: by === "tag" ? (tags[0] ?? "") : digest,
    query: by === "digest with tags" ? tags.map((tag) => ["tag", tag]) : [],
    headers: { "content-type": types[flaw ?? ""] ?? mediaType },
    body,
  })
})

const putAgain = step(
  "put a known manifest",
  fc.record({ asker, repository: aRepository, index: fc.nat(40), tag: aTag, isSame: fc.boolean() }),
  (state, { asker: who, repository, index, tag, isSame }) => {
    const known = pick(state.pushed, index)
    if (known === undefined) return undefined
    const place = isSame ? known.repository : repository
    const headers = { "content-type": known.mediaType }
    return ask("PUT", "manifest", { ...who, repository: place, reference: tag, headers, body: known.bytes })
  },
)

const aReference = fc.record({ index: fc.nat(40), tag: aTag, isTag: fc.boolean(), bad: fc.constantFrom(...NO_DIGESTS) })

function chooseReference(
  held: ModelRepository | undefined,
  { index, tag, isTag, bad }: typeof aReference extends fc.Arbitrary<infer T> ? T : never,
): string {
  if (isTag) return tag
  return index === 0 ? bad : choose(held?.manifests.keys(), index, UNKNOWN[index % 2] ?? "")
}

const pullManifest = step(
  "pull manifest",
  fc.record({
    asker,
    repository: aRepository,
    reference: aReference,
    method: reading,
    accept: fc.constantFrom(
      undefined,
      undefined,
      OCI_MANIFEST,
      `${DOCKER_MANIFEST};q=0.5, ${OCI_MANIFEST}`,
      "*/*",
      OCI_INDEX,
    ),
    condition: fc.constantFrom(undefined, undefined, undefined, "weak", "bare", "other"),
    at: mostly(fc.constant(undefined), fc.constantFrom(PAST, FUTURE, FUTURE, BAD_TIME), 5),
  }),
  (state, { asker: who, repository, reference: choice, method, accept, condition, at }) => {
    const held = state.repositories.get(repository)
    const reference = chooseReference(held, choice)
    const digest = held?.tags.get(reference) ?? reference
    const tags: Record<string, string> = { weak: `"x", W/"${digest}"`, bare: digest, other: '"other"' }
    const tag = tags[condition ?? ""]
    const headers = { ...(accept !== undefined && { accept }), ...(tag !== undefined && { "if-none-match": tag }) }
    const query: [string, string][] = at === undefined ? [] : [["at", at]]
    return ask(method, "manifest", { ...who, repository, reference, headers, query })
  },
)

const deleteManifest = step(
  "delete manifest",
  fc.record({ asker, repository: aRepository, reference: aReference }),
  (state, { asker: who, repository, reference }) =>
    ask("DELETE", "manifest", {
      ...who,
      repository,
      reference: chooseReference(state.repositories.get(repository), reference),
    }),
)

/** What is done with blobs and manifests, as often as one sees it. */
export const contentSteps = [
  pullBlob,
  pullBlob,
  pullBlob,
  deleteBlob,
  putManifest,
  putManifest,
  putManifest,
  putManifest,
  putManifest,
  putAgain,
  pullManifest,
  pullManifest,
  pullManifest,
  deleteManifest,
]
