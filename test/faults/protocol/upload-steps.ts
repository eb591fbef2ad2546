import * as fc from "fast-check"
import { CONTENTS, digestOf, NO_DIGESTS, TOO_LARGE, UNKNOWN, type Algorithm } from "./pool.ts"
import { ask, type Question } from "./question.ts"
import type { ModelUpload, State } from "./state.ts"
import { aDigest, anAlgorithm, aRepository, asker, mostly, pick, step } from "./step.ts"

const anUpload = fc.record({
  index: fc.nat(9),
  /** Rarely one that never was, or by way of another repository or another user. */
  way: mostly(fc.constant("own"), fc.constantFrom("unknown", "ended", "elsewhere", "another's"), 12),
})

type UploadChoice = typeof anUpload extends fc.Arbitrary<infer T> ? T : never

const aRange = fc.constantFrom("none", "none", "right", "right", "right", "http", "gap", "zero", "short", "garbage")
const aChunk = fc.record({
  content: fc.nat(CONTENTS.length - 1),
  length: mostly(fc.nat(400), fc.constantFrom(0, 10_000)),
  range: aRange,
  isStreamed: fc.boolean(),
})

type Chunk = typeof aChunk extends fc.Arbitrary<infer T> ? T : never

const anEnd = mostly(
  fc.constant("right"),
  fc.constantFrom("wrong", "none", "garbled", "two", "the same twice", "too large"),
  4,
)

/** The fields of a request to an upload; `undefined` where there is none. */
function choose(
  state: State,
  { index, way }: UploadChoice,
): { upload: ModelUpload; fields: Partial<Question> } | undefined {
  const upload = pick([...state.uploads.values()], index)
  if (upload === undefined) return undefined
  const { id, repository, owner } = upload
  const user = owner as Question["user"]
  switch (way) {
    case "unknown":
      return { upload, fields: { user, repository, reference: "nobody-opened-this" } }
    case "ended":
      return { upload, fields: { user, repository, reference: `upload-${(index % state.lastUpload) + 1}` } }
    case "elsewhere":
      return { upload, fields: { user, repository: "elsewhere", reference: id } }
    case "another's":
      return { upload, fields: { user: user === "admin" ? "writer" : "admin", repository, reference: id } }
    case "own":
      return { upload, fields: { user, repository, reference: id } }
  }
}

/** Goes on with the content where the upload may become it. */
function cutChunk(upload: ModelUpload, { content, length }: Chunk): Uint8Array {
  const whole = CONTENTS[content] ?? new Uint8Array(0)
  const offset = upload.bytes.length
  return offset < whole.length ? whole.subarray(offset, offset + length) : whole.subarray(0, length)
}

function writeRange({ bytes }: ModelUpload, chunk: Uint8Array, form: string): Record<string, string> {
  const start = bytes.length
  const end = start + Math.max(chunk.length, 1) - 1
  const texts: Record<string, string> = {
    right: `${start}-${end}`,
    http: `bytes ${start}-${end}/*`,
    gap: `${start + 3}-${end + 3}`,
    zero: `0-${Math.max(chunk.length - 1, 0)}`,
    short: `${start}-${end + 1}`,
    garbage: "5-2",
  }
  const text = texts[form]
  return text === undefined ? {} : { "content-range": text }
}

function writeDigests(bytes: Uint8Array, algorithm: Algorithm, form: string): [string, string][] {
  const right = digestOf(bytes, algorithm)
  const [wrong = ""] = UNKNOWN
  const digests: Record<string, string[]> = {
    wrong: [wrong],
    none: [],
    garbled: [NO_DIGESTS[0] ?? ""],
    two: [right, wrong],
    "the same twice": [right, right],
  }
  return (digests[form] ?? [right]).map((digest) => ["digest", digest])
}

const start = step(
  "start",
  fc.record({ asker, repository: aRepository, hint: fc.constantFrom(undefined, undefined, "sha512", "md5") }),
  (_, { asker: who, repository, hint }) =>
    ask("POST", "uploads", { ...who, repository, query: hint === undefined ? [] : [["digest-algorithm", hint]] }),
)

const whole = step(
  "upload at once",
  fc.record({
    asker,
    repository: aRepository,
    content: fc.nat(CONTENTS.length - 1),
    algorithm: anAlgorithm,
    end: anEnd,
    isStreamed: fc.boolean(),
  }),
  (_, { asker: who, repository, content, algorithm, end, isStreamed }) => {
    const isTooLarge = end === "too large"
    const body = isTooLarge ? TOO_LARGE : (CONTENTS[content] ?? TOO_LARGE)
    const query = writeDigests(body, algorithm, end)
    // Without a digest it would be a start, whose body nobody reads.
    if (query.length === 0) return undefined
    return ask("POST", "uploads", { ...who, repository, query, body, isStreamed: isStreamed && !isTooLarge })
  },
)

const mount = step(
  "mount",
  fc.record({
    asker,
    repository: aRepository,
    digest: aDigest,
    from: mostly(fc.option(aRepository, { nil: undefined }), fc.constantFrom("Bad/Name", "nobody/has/this")),
  }),
  (_, { asker: who, repository, digest, from }) =>
    ask("POST", "uploads", {
      ...who,
      repository,
      query: [["mount", digest], ...(from === undefined ? [] : [["from", from] as [string, string]])],
    }),
)

const append = step("append", fc.record({ upload: anUpload, chunk: aChunk }), (state, { upload: choice, chunk }) => {
  const chosen = choose(state, choice)
  if (chosen === undefined) return undefined
  const body = cutChunk(chosen.upload, chunk)
  const headers = writeRange(chosen.upload, body, chunk.range)
  return ask("PATCH", "upload", { ...chosen.fields, headers, body, isStreamed: chunk.isStreamed && body.length > 0 })
})

const close = step(
  "close",
  fc.record({ upload: anUpload, chunk: aChunk, hasBody: fc.boolean(), algorithm: anAlgorithm, end: anEnd }),
  (state, { upload: choice, chunk, hasBody, algorithm, end }) => {
    const chosen = choose(state, choice)
    if (chosen === undefined) return undefined
    const { upload, fields } = chosen
    const isTooLarge = end === "too large"
    const rest = isTooLarge ? TOO_LARGE : cutChunk(upload, { ...chunk, length: 1000 })
    const body = hasBody || isTooLarge ? rest : new Uint8Array(0)
    const headers = writeRange(upload, body, hasBody ? chunk.range : "none")
    const query = writeDigests(Buffer.concat([upload.bytes, body]), algorithm, end)
    const isStreamed = chunk.isStreamed && body.length > 0 && !isTooLarge
    return ask("PUT", "upload", { ...fields, query, headers, body, isStreamed })
  },
)

const look = step(
  "look at an upload",
  fc.record({ upload: anUpload, method: fc.constantFrom("GET", "HEAD"), digest: fc.boolean() }),
  (state, { upload: choice, method, digest }) => {
    const query: [string, string][] = digest ? [["digest", UNKNOWN[0] ?? ""]] : []
    const chosen = choose(state, choice)
    return chosen && ask(method, "upload", { ...chosen.fields, query })
  },
)

const cancel = step("cancel", anUpload, (state, choice) => {
  const chosen = choose(state, choice)
  return chosen && ask("DELETE", "upload", chosen.fields)
})

/** What goes into a repository by way of an upload, as often as one sees it. */
export const uploadSteps = [
  start,
  start,
  whole,
  whole,
  whole,
  mount,
  mount,
  append,
  append,
  append,
  close,
  close,
  look,
  cancel,
]
