import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Found, FoundKind, GcListingRecords } from "../../ports/metadata/gc-listing.ts"
import { operation, type Write } from "./operation.ts"
import { readPage } from "./pages.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"
import { selectReferring } from "./referring.ts"

export const gcListingStatements = {
  note: prepare(({ db, p }: Build<{ kind: FoundKind; repository: RepositoryName | ""; digest: Digest }>) =>
    db
      .insertInto("gc_found")
      .values({ kind: p("kind"), repository: p("repository"), digest: p("digest") })
      .onConflict((conflict) => conflict.doNothing()),
  ),
  listFirst: prepare(({ db, p }: Build<{ limit: number }>) =>
    db
      .selectFrom("gc_found")
      .select(["kind", "repository", "digest"])
      .where("kind", ">", "" as FoundKind)
      .orderBy("kind")
      .orderBy("repository")
      .orderBy("digest")
      .limit(p("limit")),
  ),
  forget: prepare(({ db, p }: Build<{ kind: FoundKind; repository: RepositoryName | ""; digest: Digest }>) =>
    db
      .deleteFrom("gc_found")
      .where("kind", "=", p("kind"))
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest")),
  ),
  list: prepare(
    ({ db, p }: Build<{ kind: FoundKind; repository: RepositoryName | ""; after: string; limit: number }>) =>
      db
        .selectFrom("gc_found")
        .select("digest")
        .where("kind", "=", p("kind"))
        .where("repository", "=", p("repository"))
        .where("digest", ">", p("after") as Digest)
        .orderBy("digest")
        .limit(p("limit")),
  ),
  listTree: prepare(({ db, p, sql }: Build<{ after: string; limit: number }>) => {
    const place = sql<string>`replace(name, '/', '!') || '!_'`
    return db
      .selectFrom("repository")
      .select("name")
      .where(place, ">", p("after"))
      .where("deleted_at", "is", null)
      .orderBy(place)
      .limit(p("limit"))
  }),
  nextManifest: prepare(({ db, p }: Build<{ after: Digest | "" }>) =>
    db
      .selectFrom("manifest")
      .select("digest")
      .where("digest", ">", p("after") as Digest)
      .orderBy("digest")
      .limit(1),
  ),
  nextReference: prepare(({ db, p }: Build<{ after: Digest | "" }>) =>
    db
      .selectFrom("reference")
      .select("digest")
      .where("digest", ">", p("after") as Digest)
      .orderBy("digest")
      .limit(1),
  ),
  findManifest: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db
      .selectFrom("manifest")
      .select("repository")
      .where("digest", "=", p("digest"))
      .where("deleted_at", "is", null)
      .limit(1),
  ),
  findReference: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    selectReferring(db)
      .select("reference.manifest")
      .where("reference.digest", "=", p("digest"))
      .where("reference.kind", "!=", "subject")
      .limit(1),
  ),
}

const noteFound = operation("gc.noteFound", async (connection, found: readonly Found[]): Promise<number> => {
  let count = 0
  for (const { kind, repository, digest } of found)
    count += await connection.run(gcListingStatements.note, { kind, repository, digest })
  return count
})

const forgetFound = operation("gc.forgetFound", async (connection, limit: number): Promise<number> => {
  const rows = await connection.list(gcListingStatements.listFirst, { limit })
  for (const row of rows) await connection.run(gcListingStatements.forget, row)
  return rows.length
})

export const gcListingOperations = [noteFound, forgetFound]

export function createGcListingRecords(read: Connection, write: Write): GcListingRecords {
  return {
    noteFound: (found) => write(noteFound, found),
    forgetFound: (limit) => write(forgetFound, limit),
    listFound: async (key, page) => {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(gcListingStatements.list, { ...key, after, limit }),
      )
      return { items: items.map(({ digest }) => digest), hasMore }
    },
    listTree: async ({ limit: most, last }) => {
      const page = { limit: most, ...(last !== undefined && { last: `${last.replaceAll("/", "!")}!_` }) }
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(gcListingStatements.listTree, { after, limit }),
      )
      return { items: items.map(({ name }) => name), hasMore }
    },
    countMarked: (after, limit) => countMarked(read, after, limit),
  }
}

/** Digest for digest: a layer that a million manifests share costs what any other does. */
async function countMarked(read: Connection, after: Digest | "", limit: number) {
  let count = 0
  let at = after
  for (let looked = 0; looked < limit; looked++) {
    const manifest = await read.find(gcListingStatements.nextManifest, { after: at })
    const reference = await read.find(gcListingStatements.nextReference, { after: at })
    const digest = earlier(manifest?.digest, reference?.digest)
    if (digest === undefined) return { count }
    const isMarked =
      (await read.find(gcListingStatements.findManifest, { digest })) ??
      (await read.find(gcListingStatements.findReference, { digest }))
    if (isMarked !== undefined) count++
    at = digest
  }
  return at === "" ? { count } : { count, next: at }
}

function earlier(one: Digest | undefined, other: Digest | undefined): Digest | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one < other ? one : other
}
