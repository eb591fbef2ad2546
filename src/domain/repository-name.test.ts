import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { isRegistryError } from "./errors.ts"
import { isRepositoryName, parseRepositoryName } from "./repository-name.ts"

// A second implementation: distribution-spec, "Pulling manifests", with distribution's limit of 255 characters.
const SPECIFICATION = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/
const follows = (text: string) => text.length <= 255 && SPECIFICATION.test(text)

const word = fc.string({ unit: fc.constantFrom("a", "z", "0", "9"), minLength: 1, maxLength: 4 })
const separator = fc.constantFrom(".", "_", "__", "-", "--", "---", "/")
const good = fc
  .tuple(word, fc.array(fc.tuple(separator, word), { maxLength: 12 }))
  .map(([first, rest]) => first + rest.flat().join(""))
// Few letters and every separator: most are nearly names.
const nearly = fc.string({ unit: fc.constantFrom("a", "0", ".", "_", "-", "/", "A"), maxLength: 10 })

test("a well-formed name is read and printed unchanged", () => {
  fc.assert(fc.property(good, (text) => expect<string>(parseRepositoryName(text)).toBe(text)))
})

test("isRepositoryName() agrees with the specification's expression", () => {
  fc.assert(
    fc.property(fc.oneof(good, nearly, fc.string({ unit: "binary" })), (text) => {
      expect(isRepositoryName(text)).toBe(follows(text))
    }),
    { numRuns: 5000 },
  )
})

test("isRepositoryName() agrees with the specification on every text of up to six of the telling characters", () => {
  let texts = [""]
  let differences: string[] = []
  for (let length = 0; length <= 6; length++) {
    differences = differences.concat(texts.filter((text) => isRepositoryName(text) !== follows(text)))
    texts = texts.flatMap((text) => ["a", ".", "_", "-", "/", "A"].map((next) => text + next))
  }
  expect(differences).toEqual([])
})

test("a name has at most 255 characters", () => {
  expect(isRepositoryName("a".repeat(255))).toBe(true)
  expect(isRepositoryName("a".repeat(256))).toBe(false)
  expect(isRepositoryName(`${"a/".repeat(127)}a`)).toBe(true)
})

const REFUSED = [
  ["", "/", "a/", "/a", "a//b", "a..b", "a___b", "a._b", "a-_b", "-a", "a-", "a.", "_a", "Abc", "a\\b", "a b", "a\n"],
  ["..", "a/../b", "а", "ａ", "a%2fb", "a:b", "a@b", "\ud800", "a\0", "\ufeffa", "__proto__", `${"a".repeat(254)}A`],
].flat()

for (const text of REFUSED) {
  test(`parseRepositoryName() refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
    let caught: unknown
    try {
      parseRepositoryName(text)
    } catch (error) {
      caught = error
    }
    expect(isRegistryError(caught, "NAME_INVALID")).toBe(true)
  })
}

test("names that look like routes, and names that every object has, are ordinary names", () => {
  const names = ["x/manifests", "x/blobs/uploads", "x/tags/list", "constructor", "v2/v2", "a/catalog"]
  expect(names.filter((name) => !isRepositoryName(name))).toEqual([])
})

// The parser reads the text through these two calls alone, so counting them counts its work.
class CountedText {
  reads = 0
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  get length(): number {
    return this.#text.length
  }
  charCodeAt(at: number): number {
    this.reads++
    return this.#text.charCodeAt(at)
  }
  charAt(at: number): string {
    this.reads++
    return this.#text.charAt(at)
  }
}

test("a hostile name costs at most two reads a character, and one that is too long costs none", () => {
  for (const text of ["a-".repeat(127), `${"a".repeat(254)}A`, "-".repeat(255), "a/".repeat(127), "a__".repeat(85)]) {
    const counted = new CountedText(text)
    isRepositoryName(counted as unknown as string)
    expect(counted.reads).toBeLessThanOrEqual(2 * text.length)
  }
  const long = new CountedText("a-".repeat(1 << 20))
  isRepositoryName(long as unknown as string)
  expect(long.reads).toBe(0)
})
