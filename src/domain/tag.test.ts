import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { isRegistryError } from "./errors.ts"
import { isTag, parseTag } from "./tag.ts"

// A second implementation, from the words of distribution-spec ("Pulling manifests") and not from its expression.
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_".split("")
function follows(text: string): boolean {
  const characters = text.split("")
  const isFirstGood = characters.length > 0 && LETTERS.includes(characters[0] ?? "-")
  return isFirstGood && characters.length <= 128 && characters.every((one) => [...LETTERS, ".", "-"].includes(one))
}

const good = fc
  .tuple(
    fc.constantFrom(...LETTERS),
    fc.string({ unit: fc.constantFrom(...LETTERS, ".", "-"), maxLength: 127, size: "max" }),
  )
  .map(([first, rest]) => first + rest)
const nearly = fc
  .tuple(good, fc.nat(127), fc.constantFrom("/", ":", "@", " ", "\n", "\0", "é", "\ud800", "..", "-"))
  .map(([text, at, other]) => text.slice(0, at) + other + text.slice(at))

test("a well-formed tag is read and printed unchanged", () => {
  fc.assert(fc.property(good, (text) => expect<string>(parseTag(text)).toBe(text)))
})

test("isTag() agrees with the specification's words", () => {
  fc.assert(
    fc.property(fc.oneof(good, nearly, fc.string({ unit: "binary" })), (text) => {
      expect(isTag(text)).toBe(follows(text))
    }),
    { numRuns: 2000 },
  )
})

test("a tag has at most 128 characters", () => {
  expect(isTag("a".repeat(128))).toBe(true)
  expect(isTag("a".repeat(129))).toBe(false)
})

const REFUSED = [
  "",
  ".x",
  "-x",
  "a/b",
  "a:b",
  "..",
  "a b",
  "latest\n",
  "\nlatest",
  "café",
  "ａ",
  "\ud83d",
  "%2e",
  "a\0",
]

for (const text of REFUSED) {
  test(`parseTag() refuses ${JSON.stringify(text)}`, () => {
    let caught: unknown
    try {
      parseTag(text)
    } catch (error) {
      caught = error
    }
    expect(isRegistryError(caught, "TAG_INVALID")).toBe(true)
  })
}

test("names that every object has are ordinary tags", () => {
  expect(["__proto__", "constructor", "toString", "hasOwnProperty"].every(isTag)).toBe(true)
})
