import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { DigestRecord, Mark } from "../../ports/metadata/gc.ts"
import type { ManifestKey } from "../../ports/metadata/manifests.ts"
import { letOthersIn } from "./gc-backlog.ts"
import { findFamily } from "./gc-families.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"

const SHOWN = 100
/** Of manifests that belong together: a reading is done at once, and this takes some milliseconds. */
const FAMILY_SHOWN = 1000

interface Of {
  digest: Digest
}

export const gcExplanationStatements = {
  copies: prepare(({ db, p }: Build<Of>) =>
    db
      .selectFrom("blob")
      .select([
        "generation",
        "size as sizeBytes",
        "state",
        "touched_at as touchedAt",
        "created_at as createdAt",
        "condemned_at as condemnedAt",
      ])
      .where("digest", "=", p("digest"))
      .orderBy("generation")
      .limit(SHOWN),
  ),
  links: prepare(({ db, p }: Build<Of>) =>
    db
      .selectFrom("link")
      .select(["repository", "touched_at as touchedAt", "deleted_at as deletedAt"])
      .where("digest", "=", p("digest"))
      .orderBy("repository")
      .limit(SHOWN),
  ),
  manifests: prepare(({ db, p }: Build<Of>) =>
    db
      .selectFrom("manifest")
      .select(["repository", "media_type as mediaType", "last_pulled_at as lastPulledAt", "deleted_at as deletedAt"])
      .where("digest", "=", p("digest"))
      .limit(SHOWN),
  ),
  tags: prepare(({ db, p }: Build<Of & { repository: RepositoryName }>) =>
    db
      .selectFrom("tag")
      .select("name")
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .orderBy("name")
      .limit(SHOWN),
  ),
  references: prepare(({ db, p }: Build<Of>) =>
    db
      .selectFrom("reference")
      .leftJoin("manifest", (join) =>
        join
          .onRef("manifest.repository", "=", "reference.repository")
          .onRef("manifest.digest", "=", "reference.manifest"),
      )
      .select(["reference.repository", "reference.manifest", "reference.kind", "manifest.deleted_at as deletedAt"])
      .where("reference.digest", "=", p("digest"))
      .limit(SHOWN),
  ),
  reviewsOfBlob: prepare(({ db, p }: Build<Of>) =>
    db
      .selectFrom("review")
      .select(["kind", "repository", "since"])
      .where("kind", "=", "blob")
      .where("repository", "=", "")
      .where("digest", "=", p("digest")),
  ),
  reviewsIn: prepare(({ db, p }: Build<Of & { repository: RepositoryName }>) =>
    db
      .selectFrom("review")
      .select(["kind", "repository", "since"])
      .where("kind", "in", ["manifest", "untagged", "link"])
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest")),
  ),
  setAside: prepare(({ db, p }: Build<Of>) =>
    db
      .selectFrom("damage")
      .select((eb) => ["generation", "found_at as at", eb.ref("moved_to").$notNull().as("name")])
      .where("kind", "=", "blob")
      .where("digest", "=", p("digest"))
      .where("moved_to", "!=", "")
      .orderBy("generation")
      .limit(SHOWN),
  ),
  removals: prepare(({ db, p }: Build<Of>) =>
    db
      .selectFrom("removal")
      .select(["kind", "repository", "digest", "at", "actor", "reason"])
      .where("digest", "=", p("digest"))
      .orderBy("id", "desc")
      .limit(SHOWN),
  ),
}

export async function explainDigest(read: Connection, digest: Digest): Promise<DigestRecord> {
  const copies = await read.list(gcExplanationStatements.copies, { digest })
  const links = await read.list(gcExplanationStatements.links, { digest })
  const rows = await read.list(gcExplanationStatements.manifests, { digest })
  const manifests: DigestRecord["manifests"] = []
  for (const row of rows) {
    const tags = await read.list(gcExplanationStatements.tags, { digest, repository: row.repository })
    const keptBy = tags.length === 0 && row.deletedAt === null ? await findKeeper(read, { ...row, digest }) : undefined
    manifests.push(withMark({ ...row, tags: tags.map(({ name }) => name as string), ...(keptBy && { keptBy }) }))
  }
  const references = await read.list(gcExplanationStatements.references, { digest })
  const reviews = await read.list(gcExplanationStatements.reviewsOfBlob, { digest })
  for (const repository of new Set([...links, ...rows].map((each) => each.repository))) {
    reviews.push(...(await read.list(gcExplanationStatements.reviewsIn, { digest, repository })))
  }
  const removals = await read.list(gcExplanationStatements.removals, { digest })
  return {
    copies: copies.map(withoutNulls),
    links: links.map(withMark),
    manifests,
    referencedBy: references.map(withMark),
    reviews: reviews.map(withoutEmptyRepository),
    removals: removals.map((row) => withoutEmptyRepository({ ...row, digest })),
    setAside: await read.list(gcExplanationStatements.setAside, { digest }),
  }
}

/** Another that keeps it, by the rule of the collector. */
async function findKeeper(read: Connection, { repository, digest }: ManifestKey): Promise<Digest | undefined> {
  await letOthersIn()
  const { keeper } = await findFamily(read, { repository, digest }, FAMILY_SHOWN)
  return keeper === digest ? undefined : keeper
}

type NullsOut<Row> = {
  [Key in keyof Row as null extends Row[Key] ? never : Key]: Row[Key]
} & { [Key in keyof Row as null extends Row[Key] ? Key : never]?: NonNullable<Row[Key]> }

/** SQL says null where the port says nothing. */
function withoutNulls<Row extends object>(row: Row): NullsOut<Row> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as NullsOut<Row>
}

/** What was purged has a mark below zero. */
function withMark<Row extends { deletedAt: number | null }>(row: Row): NullsOut<Row> & Mark {
  const { deletedAt } = row
  if (deletedAt === null || deletedAt >= 0) return withoutNulls(row)
  return { ...withoutNulls(row), deletedAt: -deletedAt, isPurged: true }
}

function withoutEmptyRepository<Row extends { repository: RepositoryName | "" }>({
  repository,
  ...row
}: Row): Omit<Row, "repository"> & { repository?: RepositoryName } {
  return { ...row, ...(repository !== "" && { repository }) }
}
