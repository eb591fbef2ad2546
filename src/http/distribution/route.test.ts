import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { isRepositoryName } from "../../domain/repository-name.ts"
import { parseRoute, type Route } from "./route.ts"

const HEX = "0123456789abcdef".repeat(4)
const WORDS = ["manifests", "blobs", "uploads", "tags", "list", "referrers", "oci", "ext", "discover", "v2", "catalog"]

const word = fc.oneof(fc.constantFrom(...WORDS), fc.constantFrom("a", "0", "a-b", "x.y", "x__y", "a---0"))
const name = fc
  .array(word, { minLength: 1, maxLength: 8 })
  .map((words) => words.join("/"))
  .filter(isRepositoryName)
const tag = fc.oneof(fc.constantFrom(...WORDS, "latest", "_catalog", "V1.0"), fc.stringMatching(/^\w[\w.-]{0,20}$/))
const digest = fc.constantFrom(`sha256:${HEX}`, `sha512:${HEX}${HEX}`)

const route: fc.Arbitrary<Route> = fc.oneof(
  fc.record({ kind: fc.constantFrom("uploads", "tags", "repository-extensions"), name }),
  fc.record({ kind: fc.constant("manifest" as const), name, reference: fc.oneof(tag, digest) }),
  fc.record({ kind: fc.constantFrom("blob", "referrers"), name, reference: digest }),
  fc.record({ kind: fc.constant("upload" as const), name, reference: fc.uuid() }),
  fc.record({ kind: fc.constantFrom("base", "catalog", "extensions", "v1-ping", "v1-search", "root") }),
)

function print(parsed: Route): string {
  switch (parsed.kind) {
    case "root":
      return "/"
    case "base":
      return "/v2/"
    case "catalog":
      return "/v2/_catalog"
    case "extensions":
      return "/v2/_oci/ext/discover"
    case "v1-ping":
      return "/v1/_ping"
    case "v1-search":
      return "/v1/search"
    case "uploads":
      return `/v2/${parsed.name}/blobs/uploads/`
    case "upload":
      return `/v2/${parsed.name}/blobs/uploads/${parsed.reference}`
    case "tags":
      return `/v2/${parsed.name}/tags/list`
    case "repository-extensions":
      return `/v2/${parsed.name}/_oci/ext/discover`
    case "blob":
      return `/v2/${parsed.name}/blobs/${parsed.reference}`
    case "manifest":
    case "referrers":
      return `/v2/${parsed.name}/${parsed.kind === "manifest" ? "manifests" : "referrers"}/${parsed.reference}`
  }
}

describe("parseRoute", () => {
  test("reads back every route that is written as a path, also for names that hold the words of paths", () => {
    fc.assert(
      fc.property(route, (written) => {
        expect(parseRoute(print(written))).toEqual(written)
      }),
      { numRuns: 3000 },
    )
  })

  test("reads escapes in names and references as what they stand for", () => {
    fc.assert(
      fc.property(name, digest, (repository, reference) => {
        const escaped = `/v2/${repository.replaceAll("/", "%2F")}/blobs/${encodeURIComponent(reference)}`
        expect(parseRoute(escaped)).toEqual({ kind: "blob", name: repository, reference })
      }),
    )
  })

  test("starts uploads with and without the last slash", () => {
    fc.assert(
      fc.property(name, (repository) => {
        expect(parseRoute(`/v2/${repository}/blobs/uploads`)).toEqual({ kind: "uploads", name: repository })
      }),
    )
  })

  const PIECES = [...WORDS, "", "/", "//", "%", "%2", "%2F", "%ff", "%00", "..", "_catalog", "_oci", "\ud800", "é", "?"]
  const path = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => `/v2/${pieces.join("/")}`),
  )

  test("never throws, and gives the same answer again", () => {
    fc.assert(
      fc.property(path, (text) => {
        expect(parseRoute(text)).toEqual(parseRoute(text))
      }),
      { numRuns: 3000 },
    )
  })

  test("takes time in proportion to the length of the path", () => {
    const slow = PIECES.filter((piece) => {
      const unit = `${piece}/`
      const few = Math.ceil(8192 / unit.length)
      // 64 times the length: linear work takes 64 times as long, quadratic 4096 times; ten-fold slack is between.
      const short = longestTime(`/v2/${unit.repeat(few)}`)
      return longestTime(`/v2/${unit.repeat(few * 64)}`) > 640 * Math.max(short, 0.05)
    })
    expect(slow).toEqual([])
  })
})

/** The best of several tries, for the ending that takes longest: a pause of the machine is nobody's fault. */
function longestTime(path: string): number {
  const endings = ["", "manifests/latest", "tags/list"].map((ending) => {
    const times = Array.from({ length: 3 }, () => {
      // A fresh text each time, put together beforehand.
      const text = Buffer.from(path + ending).toString("utf8")
      const start = performance.now()
      parseRoute(text)
      return performance.now() - start
    })
    return Math.min(...times)
  })
  return Math.max(...endings)
}
