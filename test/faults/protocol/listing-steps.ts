import * as fc from "fast-check"
import { ARTIFACT_TYPES, NO_DIGESTS, TAGS, UNKNOWN } from "./pool.ts"
import { ask } from "./question.ts"
import { aDigest, aRepository, asker, mostly, pick, step } from "./step.ts"

const aPageSize = fc.constantFrom(undefined, "0", "1", "2", "3", "1000", "9223372036854775807", "-1", "1.5", "0x10", "")
const method = fc.constantFrom("GET" as const, "GET" as const, "GET" as const, "HEAD" as const)
const aLast = fc.constantFrom(undefined, undefined, ...TAGS, "a", "team/app", "zz", "!", "größe")

function pageQuery(n: string | undefined, last: string | undefined): [string, string][] {
  return [
    ...(n === undefined ? [] : [["n", n] as [string, string]]),
    ...(last === undefined ? [] : [["last", last] as [string, string]]),
  ]
}

const catalog = step("catalog", fc.record({ asker, n: aPageSize, last: aLast, method }), (_, drawn) =>
  ask(drawn.method, "catalog", { ...drawn.asker, query: pageQuery(drawn.n, drawn.last) }),
)

const tags = step(
  "tags",
  fc.record({ asker, repository: aRepository, n: aPageSize, last: aLast, method }),
  (_, drawn) =>
    ask(drawn.method, "tags", { ...drawn.asker, repository: drawn.repository, query: pageQuery(drawn.n, drawn.last) }),
)

const referrers = step(
  "referrers",
  fc.record({
    asker,
    repository: aRepository,
    index: fc.nat(40),
    digest: mostly(aDigest, fc.constantFrom(...UNKNOWN, ...NO_DIGESTS), 1),
    type: fc.constantFrom(undefined, ...ARTIFACT_TYPES, "application/vnd.oci.image.layer.v1.tar", ""),
    method,
  }),
  (state, { asker: who, repository, index, digest, type, method: asked }) => {
    // Mostly of something that has referrers.
    const subjects = [...(state.repositories.get(repository)?.manifests.values() ?? [])].flatMap(
      ({ document }) => document.subject?.digest ?? [],
    )
    const reference = index % 5 === 0 ? digest : (pick(subjects, index) ?? digest)
    const query: [string, string][] = type === undefined ? [] : [["artifactType", type]]
    return ask(asked, "referrers", { ...who, repository, reference, query })
  },
)

const twoSizes = step("two page sizes", aRepository, (_, repository) =>
  ask("GET", "tags", { repository, query: [...pageQuery("1", undefined), ...pageQuery("2", undefined)] }),
)

const wrongMethod = step(
  "a method that is not there",
  fc.record({
    kind: fc.constantFrom("base", "catalog", "tags", "referrers", "manifest", "blob", "uploads", "upload"),
    method: fc.constantFrom("POST", "PUT", "PATCH", "DELETE"),
    repository: aRepository,
    tag: fc.constantFrom(...TAGS),
  }),
  (_, drawn) =>
    // These have handlers of their own.
    (drawn.kind === "manifest" || drawn.kind === "blob" || drawn.kind === "upload" || drawn.kind === "uploads") &&
    drawn.method !== "POST"
      ? undefined
      : drawn.kind === "uploads"
        ? undefined
        : ask(drawn.method, drawn.kind, { repository: drawn.repository, reference: drawn.tag }),
)

const base = step("base", fc.record({ asker, method }), (_, drawn) => ask(drawn.method, "base", drawn.asker))

export const listingSteps = [
  catalog,
  catalog,
  tags,
  tags,
  tags,
  referrers,
  referrers,
  referrers,
  twoSizes,
  wrongMethod,
  base,
]
