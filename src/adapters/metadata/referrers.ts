import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { ReferrerRecord, ReferrerRecords } from "../../ports/metadata/referrers.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"

interface Subject {
  repository: RepositoryName
  subject: Digest
}

interface Start extends Subject {
  after: string
  limit: number
}

interface Part extends Start {
  upTo: string
}

interface OfType {
  artifactType: string
}

interface ReferrerSize {
  digest: Digest
  annotationBytes: number | null
  typeBytes: number | null
}

interface ReferrerRow {
  digest: Digest
  mediaType: string
  sizeBytes: number
  artifactType: string | null
  annotations: string | null
}

/** Where they never agree, a page is what was seen last. */
const LOOKS = 5

export const referrerStatements = {
  measure: prepare((build: Build<Start>) => measureReferrers(build)),
  measureOfType: prepare((build: Build<Start & OfType>) =>
    measureReferrers(build).where("artifact_type", "=", build.p("artifactType")),
  ),
  list: prepare((build: Build<Part>) => listReferrers(build)),
  listOfType: prepare((build: Build<Part & OfType>) =>
    listReferrers(build).where("artifact_type", "=", build.p("artifactType")),
  ),
}

export function createReferrerRecords(read: Connection): ReferrerRecords {
  function measure(start: Start, artifactType: string | undefined): Promise<ReferrerSize[]> {
    return artifactType === undefined
      ? read.list(referrerStatements.measure, start)
      : read.list(referrerStatements.measureOfType, { ...start, artifactType })
  }

  function list(part: Part, artifactType: string | undefined): Promise<ReferrerRow[]> {
    return artifactType === undefined
      ? read.list(referrerStatements.list, part)
      : read.list(referrerStatements.listOfType, { ...part, artifactType })
  }

  return {
    // Sizes first: a row may hold megabytes, and only those of the page are to be in memory.
    async list(repository, subject, { artifactType, limit, last = "", maxBytes = Number.POSITIVE_INFINITY }) {
      let after = last
      if (limit <= 0) return { items: [], hasMore: false }
      for (let looks = 1; ; looks++) {
        const sizes = await measure({ repository, subject, after, limit: limit + 1 }, artifactType)
        const count = countFitting(sizes.slice(0, limit), maxBytes)
        const upTo = sizes[count - 1]?.digest
        if (upTo === undefined) return { items: [], hasMore: false }
        const rows = await list({ repository, subject, after, upTo, limit: count }, artifactType)
        // Two looks that differ would make a page that never was: without what went, and without what had come before that.
        if (looks < LOOKS && !isSame(rows, sizes.slice(0, count))) continue
        // What came in between the two pushes the last ones into the next page.
        const hasMore = sizes.length > count || (rows.length === count && rows.at(-1)?.digest !== upTo)
        // What was deleted in between may have been the whole page: a page that is empty has nothing to go on from.
        if (rows.length > 0 || !hasMore) return { items: rows.map(toReferrer), hasMore }
        after = upTo
      }
    },
  }
}

function isSame(rows: readonly { digest: Digest }[], others: readonly { digest: Digest }[]): boolean {
  return rows.length === others.length && rows.every(({ digest }, place) => digest === others[place]?.digest)
}

function countFitting(sizes: ReferrerSize[], maxBytes: number): number {
  let bytes = 0
  const end = sizes.findIndex(({ annotationBytes, typeBytes }, index) => {
    bytes += (annotationBytes ?? 0) + (typeBytes ?? 0)
    return bytes > maxBytes && index > 0
  })
  return end < 0 ? sizes.length : end
}

/** The lengths stand in the head of a row: its texts are not read for them. */
function measureReferrers({ db, p }: Build<Start>) {
  return db
    .selectFrom("manifest")
    .select(({ fn }) => [
      "digest",
      fn<number | null>("octet_length", ["annotations"]).as("annotationBytes"),
      fn<number | null>("octet_length", ["artifact_type"]).as("typeBytes"),
    ])
    .where("repository", "=", p("repository"))
    .where("subject", "=", p("subject"))
    .where("deleted_at", "is", null)
    .where("digest", ">", p("after") as Digest)
    .orderBy("digest")
    .limit(p("limit"))
}

function listReferrers({ db, p }: Build<Part>) {
  return db
    .selectFrom("manifest")
    .select(["digest", "media_type as mediaType", "size as sizeBytes", "artifact_type as artifactType", "annotations"])
    .where("repository", "=", p("repository"))
    .where("subject", "=", p("subject"))
    .where("deleted_at", "is", null)
    .where("digest", ">", p("after") as Digest)
    .where("digest", "<=", p("upTo") as Digest)
    .orderBy("digest")
    .limit(p("limit"))
}

function toReferrer({ artifactType, annotations, ...record }: ReferrerRow): ReferrerRecord {
  return {
    ...record,
    ...(artifactType !== null && { artifactType }),
    ...(annotations !== null && { annotations: JSON.parse(annotations) as Record<string, string> }),
  }
}
