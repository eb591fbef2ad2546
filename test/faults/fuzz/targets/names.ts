import * as fc from "fast-check"
import { digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from "../../../../src/domain/digest.ts"
import { isRegistryError } from "../../../../src/domain/errors.ts"
import { parsePageSize } from "../../../../src/domain/page.ts"
import { parseReference } from "../../../../src/domain/reference.ts"
import { isRepositoryName, parseRepositoryName } from "../../../../src/domain/repository-name.ts"
import { isTag, parseTag } from "../../../../src/domain/tag.ts"
import type { Call } from "../../../../src/http/distribution/call.ts"
import { describeNext } from "../../../../src/http/distribution/listing.ts"
import { parseRoute } from "../../../../src/http/distribution/route.ts"
import * as grammar from "../../protocol/grammar.ts"
import { insist, target } from "../target.ts"
import { anyText, checkTyped, PIECES, read, textOf } from "../texts.ts"

const NAME_PIECES = ["a", "z", "0", "9", "-", "--", "_", "__", ".", "/", "A", "ab", "x".repeat(60), "é", "%", "\n"]
const TAG_PIECES = ["a", "Z", "0", "_", ".", "-", "v1.0", "t".repeat(42), ":", "/", "\n", "é", " "]
const DIGEST_PIECES = ["sha256:", "sha512:", "sha256", ":", "0".repeat(32), "f".repeat(64), "a", "A", "g", "\n", "md5:"]
const PATH_PIECES = [
  "/v2/",
  "a",
  "/",
  "manifests",
  "blobs",
  "uploads",
  "tags",
  "list",
  "referrers",
  "_catalog",
  "%2f",
  "%",
]

/** Both say the same, and what throws says why. */
function agree(text: string, parse: (text: string) => unknown, other: (text: string) => boolean): void {
  const answer = read(parse, text)
  const isAccepted = !isRegistryError(answer)
  insist(isAccepted === other(text), () => `${JSON.stringify(text)} is ${isAccepted ? "accepted" : "refused"}`)
  if (isRegistryError(answer)) insist(answer.message.length < 1000, () => "the message is long")
  else insist(answer === text, () => `${JSON.stringify(text)} became ${JSON.stringify(answer)}`)
}

const name = target({
  name: "repository names, against the specification's expression",
  arbitrary: textOf(NAME_PIECES),
  check: (text) => agree(text, parseRepositoryName, grammar.isName),
  grow: { pieces: [...PIECES, ...NAME_PIECES], read: isRepositoryName },
})

const tag = target({
  name: "tags, against the specification's expression",
  arbitrary: textOf(TAG_PIECES, 5),
  check: (text) => agree(text, parseTag, grammar.isTag),
  grow: { pieces: [...PIECES, ...TAG_PIECES], read: isTag },
})

const digest = target({
  name: "digests, against the specification's expression",
  arbitrary: textOf(DIGEST_PIECES, 6),
  check: (text) => {
    agree(text, parseDigest, grammar.isDigest)
    if (isDigest(text))
      insist(digestOf(digestAlgorithm(text), digestHex(text)) === text, () => `${text} is not what its parts make`)
  },
  grow: { pieces: [...PIECES, ...DIGEST_PIECES], read: isDigest },
})

const reference = target({
  name: "references",
  arbitrary: fc.oneof(textOf(TAG_PIECES, 5), textOf(DIGEST_PIECES, 6)),
  check: checkTyped(parseReference),
  grow: { pieces: PIECES, read: (text) => read(parseReference, text) },
})

const route = target({
  name: "paths, which are the same when they are put together again",
  arbitrary: textOf(PATH_PIECES, 12),
  check: (path) => {
    const found = parseRoute(path)
    if (found === undefined || !("name" in found) || path.includes("%")) return
    const ends: Partial<Record<typeof found.kind, string>> = {
      tags: "tags/list",
      "repository-extensions": "_oci/ext/discover",
      manifest: "manifests/",
      blob: "blobs/",
      upload: "blobs/uploads/",
      referrers: "referrers/",
    }
    const end = ends[found.kind]
    if (end === undefined) return
    const again = `/v2/${found.name}/${end}${"reference" in found ? found.reference : ""}`
    insist(again === path, () => `${path} is read as ${again}`)
  },
  grow: { pieces: [...PIECES, ...PATH_PIECES, "/manifests/a"], read: (text) => parseRoute(`/v2/${text}`) },
})

const pageSize = target({
  name: "n of a listing",
  arbitrary: fc.tuple(textOf(["0", "1", "9", "-", "+", ".", "e", "x", " "], 21), fc.nat(5000)),
  check: ([text, maximum]) => {
    const size = read((each) => parsePageSize([each], maximum), text)
    if (isRegistryError(size)) insist(!/^\d{1,19}$/.test(text), () => `${text} is refused`)
    else insist(size !== undefined && size >= 0 && size <= maximum, () => `${text} is read as ${String(size)}`)
  },
  grow: { pieces: PIECES, read: (text) => read((each) => parsePageSize([each], 1000), text) },
})

const link = target({
  name: "the Link to the next page, which leads on after the last entry",
  arbitrary: fc.tuple(
    fc.array(
      anyText.map((text) => text.toWellFormed()),
      { minLength: 1, maxLength: 3 },
    ),
    fc.option(fc.nat()),
  ),
  check: ([items, n]) => {
    const page = { items, hasMore: true }
    const call = { locate: (path: string) => `/v2/${path}` } as Call
    const { Link: header = "" } = describeNext(call, "a/tags/list", { page, n: n ?? undefined })
    const target = /^<(\/v2\/a\/tags\/list\?[!-;=?-~]*)>; rel="next"$/.exec(header)?.[1]
    insist(target !== undefined, () => `${header} is no Link`)
    const query = new URL(target ?? "", "http://registry").searchParams
    insist(query.get("last") === items.at(-1), () => `${header} goes on after ${String(query.get("last"))}`)
    insist(query.get("n") === String(n ?? items.length), () => `${header} has another n`)
  },
})

export const names = [name, tag, digest, reference, route, pageSize, link]
