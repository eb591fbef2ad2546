import * as fc from "fast-check"
import { isRegistryError } from "../../../../src/domain/errors.ts"
import { listReferences, parseManifest } from "../../../../src/domain/manifest.ts"
import { findMiscasedKey } from "../../../../src/domain/manifest-keys.ts"
import { DOCKER_LIST, DOCKER_MANIFEST, essence, OCI_INDEX, OCI_MANIFEST } from "../../../../src/domain/media-type.ts"
import { readStoredManifest } from "../../../../src/domain/stored-manifest.ts"
import { createManifestSchemas } from "../manifest-schemas.ts"
import { insist, target } from "../target.ts"
import { anyText, checkTyped, PIECES, read, textOf } from "../texts.ts"

const encoder = new TextEncoder()
const MOST = 3
const schemas = createManifestSchemas(MOST)
const TYPES = [OCI_MANIFEST, DOCKER_MANIFEST, OCI_INDEX, DOCKER_LIST] as const
const TYPE_PIECES = [...TYPES, ";", " ", "charset=utf-8", ",", "application/json", "/", "\t", "A"]

/** Mostly the value, sometimes another or none: most documents are then nearly right. */
function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const other = fc.constantFrom<unknown>(null, 0, -1, 2, "", "a", [], {}, [0], { a: "b" }, { a: 1 }, undefined)
  return fc.oneof({ weight: 24, arbitrary }, { weight: 1, arbitrary: other })
}

const aDescriptor = fc.record({
  mediaType: mostly(fc.constantFrom("a/b", OCI_MANIFEST)),
  digest: mostly(fc.constantFrom(`sha256:${"0".repeat(64)}`, `sha512:${"f".repeat(128)}`)),
  size: mostly(fc.nat()),
  urls: mostly(fc.constantFrom(undefined, ["http://example"])),
  annotations: mostly(fc.constantFrom(undefined, { key: "value" })),
})
const aList = mostly(fc.array(mostly(aDescriptor), { maxLength: MOST + 1 }))
const absent = fc.constant(undefined)
const aDocument = fc.constantFrom(...TYPES).chain((type) => {
  const isIndex = type === OCI_INDEX || type === DOCKER_LIST
  const document = fc.record({
    schemaVersion: mostly(fc.constant(2)),
    mediaType: mostly(fc.constant(type)),
    config: mostly(isIndex ? absent : aDescriptor),
    layers: mostly(isIndex ? absent : aList),
    manifests: mostly(isIndex ? aList : absent),
    subject: mostly(fc.oneof(absent, aDescriptor)),
    artifactType: mostly(fc.constantFrom(undefined, "a/b")),
    annotations: mostly(fc.constantFrom(undefined, { key: "value" })),
  })
  return fc.tuple(
    fc.constant(type),
    document.map((value) => JSON.stringify(value)),
  )
})

/** Documents that were looked at and accepted: a comparison that never sees a good one would prove nothing. */
export const compared = { documents: 0, accepted: 0 }

function compare(type: (typeof TYPES)[number], text: string): void {
  const found = read((each) => parseManifest(encoder.encode(each), type, MOST), text)
  const isAccepted = !isRegistryError(found)
  if (!isAccepted) insist(found.code === "MANIFEST_INVALID" && found.message.length < 1000, () => found.message)
  compared.documents++
  if (isAccepted) compared.accepted++
  insist(isAccepted === isGood(type, text), () => `${text} is ${isAccepted ? "accepted" : "refused"}`)
  if (!isAccepted) return
  const references = listReferences(found)
  insist(
    new Set(references.map(({ kind, digest }) => `${kind} ${digest}`)).size === references.length,
    () => "a reference is there twice",
  )
}

function isGood(type: (typeof TYPES)[number], text: string): boolean {
  const value = parseJson(text)
  // Keys in another case than the specification's are refused besides: other readers take them for the same.
  if (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    hasMiscased(value as Record<string, unknown>)
  )
    return false
  return schemas[type].safeParse(value).success
}

function hasMiscased(value: Record<string, unknown>): boolean {
  return findMiscasedKey("manifest", value) !== undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const differential = target({
  name: "manifests, against the image-spec's schemas",
  share: 0.2,
  arbitrary: aDocument,
  check: ([type, text]) => compare(type, text),
})

const damaged = target({
  name: "manifests with a part of their text replaced, against the image-spec's schemas",
  share: 0.2,
  arbitrary: fc.tuple(
    aDocument,
    fc.nat(400),
    fc.nat(3),
    fc.constantFrom("", "0", '"', "{", "}", ",", "null", "\\", "\u0000"),
  ),
  check: ([[type, text], at, length, piece]) => {
    const start = at % (text.length + 1)
    const changed = text.slice(0, start) + piece + text.slice(start + length)
    // Within a descriptor, too, a key in another case is refused; what this makes is none by chance alone.
    compare(type, changed)
  },
})

const hostile = target({
  name: "manifests of any text",
  arbitrary: fc.tuple(fc.constantFrom(...TYPES), anyText),
  check: ([type, text]) => checkTyped((each) => parseManifest(encoder.encode(each), type, 100))(text),
  grow: {
    pieces: PIECES,
    read: (text) => read((each) => parseManifest(encoder.encode(each), OCI_MANIFEST, 100), text),
  },
})

const bytes = target({
  name: "manifests of any bytes",
  arbitrary: fc.tuple(fc.constantFrom(...TYPES), fc.uint8Array({ maxLength: 60 })),
  check: ([type, content]) => {
    const found = read(() => parseManifest(content, type, 100), "")
    insist(isRegistryError(found), () => "bytes were taken for a manifest")
  },
})

const stored = target({
  name: "stored manifests, which another registry accepted",
  share: 0.2,
  arbitrary: fc.oneof(
    aDocument.map(([, text]) => text),
    anyText,
  ),
  check: (text) => {
    const found = readStoredManifest(encoder.encode(text), MOST)
    if (found === undefined) return
    insist(
      found.references.every(({ sizeBytes }) => sizeBytes >= 0),
      () => "a size is negative",
    )
    // What is read without a complaint is what a push would have taken.
    if (found.refusal === undefined && found.mediaType !== "" && !found.mediaType.includes(".v1+"))
      insist(
        !isRegistryError(read((each) => parseManifest(encoder.encode(each), found.mediaType, MOST), text)),
        () => `${text} has no refusal`,
      )
  },
  grow: { pieces: PIECES, read: (text) => readStoredManifest(encoder.encode(text), 100) },
})

const contentType = target({
  name: "Content-Type of a manifest",
  arbitrary: textOf(TYPE_PIECES, 4),
  check: (text) => {
    const type = essence(text)
    insist(essence(type) === type && essence(`${text}; a=b`) === type, () => `${text} is read as ${type}`)
    checkTyped((each) => parseManifest(encoder.encode("{}"), each, 100))(text)
  },
  grow: { pieces: [...PIECES, ...TYPE_PIECES], read: essence },
})

export const manifests = [differential, damaged, hostile, bytes, stored, contentType]
