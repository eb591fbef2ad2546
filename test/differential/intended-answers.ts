import type { Intended } from "./intended.ts"

const VERSION_3 = "As distribution 3"
const SPECIFICATION = "The distribution-spec"

/** Whole answers: the status and the error's code. */
export const intendedAnswers: readonly Intended[] = [
  answer("a digest or name that is malformed", ["404", "400 DIGEST_INVALID"], "An error that says what is wrong", /./),
  answer("a digest or name that is malformed", ["404", "400"], "The same, by HEAD", /routes: .* HEAD .*blobs\/$/),
  answer(
    "a name that is malformed",
    ["404", "400 NAME_INVALID"],
    "An error that says what is wrong",
    /names of repositories/,
  ),
  answer("two slashes in a name", ["301", "400 NAME_INVALID"], "Such a name is not allowed", /a\/\/b/),
  answer(
    "a name of more than 255 characters",
    ["500 UNKNOWN", "400 NAME_INVALID"],
    "The client's fault, not the server's",
    /names of repositories/,
  ),
  answer(
    "a manifest by a malformed digest",
    ["500 UNKNOWN", "400 DIGEST_INVALID"],
    "The client's fault, not the server's",
    /manifest/,
  ),
  answer(
    "a manifest that is no manifest",
    ["500 UNKNOWN", "400 MANIFEST_INVALID"],
    "The client's fault, not the server's",
    /what is refused/,
  ),
  answer(
    "PUT of a manifest with a malformed tag",
    ["404", "400 MANIFEST_INVALID"],
    "An error that says what is wrong",
    /as \.bad/,
  ),
  answer("`/v2` without its slash", ["301", "200"], "Answered at once", /(?:GET|HEAD) \/v2$/),
  answer("`/v2` by another method", ["301", "405 UNSUPPORTED"], "It is not there by that method", /routes: .* \/v2$/),
  answer("`/` and `/v2/` by another method", ["200", "405 UNSUPPORTED"], "They are read only", /routes: /),
  answer(
    "another method on a path that has it not",
    ["404", "405 UNSUPPORTED"],
    "Told apart from a path that is not there",
    /routes: /,
  ),
  answer("HEAD of the catalog and of tags", ["405", "200"], "HEAD is GET without a body (RFC 9110)", /routes: .* HEAD/),
  answer("HEAD of the catalog and of tags", ["405", "404"], "HEAD is GET without a body (RFC 9110)", /routes: .* HEAD/),
  answer("`n` that is no number", ["200", "400 PAGINATION_NUMBER_INVALID"], VERSION_3, /listings: .* n=/),
  answer(
    "`n` above the maximum in the catalog",
    ["400 PAGINATION_NUMBER_INVALID", "200"],
    "The maximum is answered, with a Link",
    /n=1000000/,
  ),
  answer("DELETE of a tag", ["400 DIGEST_INVALID", "202"], VERSION_3, /deletes: a tag/),
  answer("a tag that was deleted", ["200", "404 MANIFEST_UNKNOWN"], VERSION_3, /deletes: a tag/),
  answer("DELETE of a tag that is not there", ["400 DIGEST_INVALID", "404 MANIFEST_UNKNOWN"], VERSION_3, /none|latest/),
  answer(
    "a manifest that names missing content",
    ["400 MANIFEST_BLOB_UNKNOWN", "404 MANIFEST_BLOB_UNKNOWN"],
    SPECIFICATION,
    /as missing/,
  ),
  answer(
    "a manifest whose type Accept does not list",
    ["404 MANIFEST_UNKNOWN", "200"],
    "What is stored is answered: clients that forget a type are not told that an image is missing",
    /GET manifest|no Accept/,
  ),
  answer("referrers of a manifest", ["404", "200"], SPECIFICATION, /referrers/),
  answer("an upload in one POST", ["202", "201"], SPECIFICATION, /in one POST/),
  answer("a blob that was pushed in one POST", ["404", "200"], SPECIFICATION, /in one POST/),
  answer("a mount without `from`", ["202", "201"], SPECIFICATION, /mount without from/),
  answer(
    "a mount of a malformed digest",
    ["202", "400 DIGEST_INVALID"],
    "It can never be pushed",
    /digest that is none/,
  ),
  answer(
    "a chunk that leaves a gap",
    ["202", "416 RANGE_INVALID"],
    `${SPECIFICATION}; 2.8 stores it at the wrong place`,
    /out of order/,
  ),
  answer(
    "a Content-Range that is malformed",
    ["202", "400 SIZE_INVALID"],
    `${VERSION_3}; 2.8 does not look at it`,
    /malformed ranges/,
  ),
  answer("an upload with a Content-Type", ["500 UNKNOWN", "202"], "The bytes are what counts", /a content type/),
  answer(
    "an upload after a wrong digest",
    ["204", "404 BLOB_UPLOAD_UNKNOWN"],
    "It ends with a wrong digest, however it was sent",
    /a wrong digest/,
  ),
  answer(
    "If-None-Match with a digest without quotes",
    ["200", "304"],
    "As distribution does for manifests",
    /if-none-match \{blob\}/,
  ),
  answer("If-Match", ["412", "200"], "Bytes under a digest do not change", /if-match/),
  answer("a Range that is malformed", ["416", "200"], "RFC 9110: it is passed over", /blobs: ranges/),
  answer(
    "another method on an upload",
    ["404 BLOB_UPLOAD_INVALID", "405 UNSUPPORTED"],
    "It is not there by that method",
    /routes: /,
  ),
  answer(
    "DELETE of a malformed digest while deletes are off",
    ["400 DIGEST_INVALID", "405 UNSUPPORTED"],
    "The method is refused first",
    /delete blobs\/sha256:abc/,
  ),
  answer("a token for several audiences", ["401 UNAUTHORIZED", "200"], VERSION_3, /a token for several/),
  answer(
    "a mount from a repository that the token does not reach",
    ["401 UNAUTHORIZED", "202"],
    "As from one that is not there: the blob is sent",
    /tokens: .* mount$/,
  ),
]

function answer(where: string, [theirs, ours]: [string, string], reason: string, requests: RegExp): Intended {
  return {
    where,
    field: "answer",
    theirs,
    ours,
    reason,
    explains: (found) => found.theirs === theirs && found.ours === ours && requests.test(found.request),
  }
}
