import * as fc from "fast-check"
import { parseContentRange } from "../../../../src/domain/content-range.ts"
import { isRegistryError } from "../../../../src/domain/errors.ts"
import { parseByteRanges } from "../../../../src/domain/range.ts"
import { isSamePart, isUnchanged } from "../../../../src/http/distribution/conditional.ts"
import { readContentRange, readRanges } from "../../protocol/grammar.ts"
import { insist, target } from "../target.ts"
import { checkTyped, PIECES, read, textOf } from "../texts.ts"

const RANGE_PIECES = [
  "bytes=",
  "bytes ",
  "BYTES=",
  "0",
  "5",
  "12",
  "999",
  "-",
  ",",
  " ",
  "/",
  "*",
  "\t",
  "9".repeat(20),
]
const ETAG_PIECES = ['"', "W/", "*", ",", " ", "sha256:", "a", '"a"', 'W/"a"', "\\"]
const MOST_RANGES = 4

const contentRange = target({
  name: "Content-Range",
  arbitrary: textOf(RANGE_PIECES, 7),
  check: (text) => {
    checkTyped(parseContentRange)(text)
    const found = read(parseContentRange, text)
    if (isRegistryError(found) || found === undefined) return
    insist(found.start <= found.end && Number.isSafeInteger(found.end), () => `${text}: ${found.start} to ${found.end}`)
    const again = read(parseContentRange, `${found.start}-${found.end}`)
    insist(Bun.deepEquals(again, found), () => `${text} is another range when it is written again`)
  },
  grow: { pieces: [...PIECES, ...RANGE_PIECES], read: (text) => read(parseContentRange, text) },
})

const contentRangeForms = target({
  name: "Content-Range in each of its forms, against the specification's expression",
  arbitrary: fc.tuple(fc.nat(1000), fc.nat(1000), fc.constantFrom("", "bytes "), fc.constantFrom("", "/*", "/1001")),
  check: ([start, end, unit, size]) => {
    const text = `${unit}${start}-${end}${size}`
    const found = read(parseContentRange, text)
    const expected = readContentRange(text)
    const length = isRegistryError(found) || found === undefined ? undefined : found.end - found.start + 1
    insist(length === expected?.length, () => `${text} has ${String(length)} bytes`)
  },
})

const range = target({
  name: "Range, against a second reader",
  arbitrary: fc.tuple(textOf(RANGE_PIECES, 9), fc.nat(1000)),
  check: ([text, sizeBytes]) => {
    const found = parseByteRanges(text, sizeBytes, MOST_RANGES)
    if (Array.isArray(found)) {
      const total = found.reduce((sum, { length }) => sum + length, 0)
      const areInside = found.every(({ start, length }) => start >= 0 && length > 0 && start + length <= sizeBytes)
      insist(
        areInside && total <= sizeBytes && found.length <= MOST_RANGES,
        () => `${text} of ${sizeBytes}: ${JSON.stringify(found)}`,
      )
    }
    // The second reader knows no other spelling of the unit.
    if (!text.startsWith("bytes=") && /^bytes=/i.test(text)) return
    const expected = readRanges(text, sizeBytes, MOST_RANGES)
    const asExpected =
      found === undefined
        ? "whole"
        : found === "unsatisfiable"
          ? "none"
          : found.map(({ start, length }) => [start, start + length - 1])
    insist(
      Bun.deepEquals(asExpected, expected),
      () => `${text} of ${sizeBytes}: ${JSON.stringify(asExpected)}, not ${JSON.stringify(expected)}`,
    )
  },
  grow: { pieces: [...PIECES, ...RANGE_PIECES], read: (text) => parseByteRanges(`bytes=${text}`, 1000, 5) },
})

const etag = target({
  name: "If-None-Match and If-Range",
  arbitrary: fc.tuple(textOf(ETAG_PIECES), fc.array(fc.constantFrom('"b"', 'W/"c"', "d"), { maxLength: 4 })),
  check: ([text, others]) => {
    const digest = "sha256:a"
    isUnchanged(text, digest)
    isSamePart(text, digest)
    for (const own of [digest, `"${digest}"`, `W/"${digest}"`, "*"]) {
      insist(isUnchanged([...others, own].join(", "), digest), () => `${own} after ${others.join()} is not found`)
      insist(!isSamePart([...others, own].join(", "), digest) || others.length === 0, () => `${own} is one of several`)
    }
    insist(!isUnchanged(others.join(", "), digest), () => `${others.join()} is found`)
    // Nothing is the same that does not name it.
    if (!text.includes("*") && !text.includes(digest)) insist(!isUnchanged(text, digest), () => `${text} is found`)
  },
  grow: { pieces: [...PIECES, ...ETAG_PIECES], read: (text) => isUnchanged(text, "sha256:a") },
})

export const ranges = [contentRange, contentRangeForms, range, etag]
