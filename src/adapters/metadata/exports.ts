import type { Expression, ExpressionBuilder } from "kysely"
import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { LinkKind } from "../../ports/link-tree.ts"
import type { ExportedLink, ExportRecords } from "../../ports/metadata/exports.ts"
import { RegistryError } from "../../domain/errors.ts"
import type { BlobRecord } from "../../ports/metadata/blobs.ts"
import { adoptionStatements } from "./adoption-statements.ts"
import { blobStatements } from "./blob-statements.ts"
import { gcStatements } from "./gc-statements.ts"
import { operation, type Write } from "./operation.ts"
import { readPage } from "./pages.ts"
import { prepare, type Build, type Connection, type Prepared } from "./prepared.ts"
import type { Schema } from "./schema.ts"

interface PageOfRepository {
  repository: RepositoryName
  after: string
  limit: number
}

/** Names of the base for which `present` finds nothing. */
function prepareGone(kind: LinkKind, present: (eb: ExpressionBuilder<Schema, "adopted">) => Expression<unknown>) {
  return prepare(({ db, p }: Build<PageOfRepository>) =>
    db
      .selectFrom("adopted")
      .select("name")
      .where("repository", "=", p("repository"))
      .where("kind", "=", kind)
      .where("name", ">", p("after"))
      .where((eb) => eb.not(eb.exists(present(eb))))
      .orderBy("name")
      .limit(p("limit")),
  )
}

export const exportStatements = {
  nextRepository: prepare(({ db, p }: Build<{ after: string }>) =>
    db
      .selectFrom("repository")
      .select("name")
      .where("name", ">", p("after") as RepositoryName)
      .where("deleted_at", "is", null)
      .orderBy("name")
      .limit(1),
  ),
  // The first row behind a name is in the next repository: the index is not read through.
  nextInBase: prepare(({ db, p }: Build<{ after: string }>) =>
    db
      .selectFrom("adopted")
      .select("repository as name")
      .where("repository", ">", p("after") as RepositoryName)
      .orderBy("repository")
      .limit(1),
  ),
  listTags: prepare(({ db, p }: Build<PageOfRepository>) =>
    db
      .selectFrom("tag")
      .select(["name", "digest"])
      .where("repository", "=", p("repository"))
      .where("name", ">", p("after") as Tag)
      .orderBy("name")
      .limit(p("limit")),
  ),
  listManifests: prepare(({ db, p }: Build<PageOfRepository>) =>
    db
      .selectFrom("manifest")
      .select(["digest as name", "digest"])
      .where("repository", "=", p("repository"))
      .where("digest", ">", p("after") as Digest)
      .where("deleted_at", "is", null)
      .orderBy("digest")
      .limit(p("limit")),
  ),
  listBlobs: prepare(({ db, p }: Build<PageOfRepository>) =>
    db
      .selectFrom("link")
      .select(["digest as name", "digest"])
      .where("repository", "=", p("repository"))
      .where("digest", ">", p("after") as Digest)
      .where("deleted_at", "is", null)
      .orderBy("digest")
      .limit(p("limit")),
  ),
  listGoneTags: prepareGone("tag", (eb) =>
    eb
      .selectFrom("tag")
      .select("tag.name")
      .whereRef("tag.repository", "=", "adopted.repository")
      .whereRef("tag.name", "=", "adopted.name"),
  ),
  listGoneManifests: prepareGone("manifest", (eb) =>
    eb
      .selectFrom("manifest")
      .select("manifest.digest")
      .whereRef("manifest.repository", "=", "adopted.repository")
      .whereRef("manifest.digest", "=", "adopted.digest")
      .where("manifest.deleted_at", "is", null),
  ),
  listGoneBlobs: prepareGone("blob", (eb) =>
    eb
      .selectFrom("link")
      .select("link.digest")
      .whereRef("link.repository", "=", "adopted.repository")
      .whereRef("link.digest", "=", "adopted.digest")
      .where("link.deleted_at", "is", null),
  ),
  listHistory: prepare(({ db, p }: Build<{ repository: RepositoryName; tag: Tag; limit: number }>) =>
    db
      .selectFrom("tag_history")
      .innerJoin("manifest", (join) =>
        join
          .onRef("manifest.repository", "=", "tag_history.repository")
          .onRef("manifest.digest", "=", "tag_history.digest"),
      )
      .select("manifest.digest")
      .where("manifest.deleted_at", "is", null)
      .where("tag_history.repository", "=", p("repository"))
      .where("tag_history.tag", "=", p("tag"))
      .orderBy("tag_history.id", "desc")
      .limit(p("limit")),
  ),
}

/** A tag may have gone back and forth between the same manifests. */
const MOVES_PER_DIGEST = 10

const LISTS: Record<LinkKind, Prepared<PageOfRepository, ExportedLink>> = {
  tag: exportStatements.listTags,
  manifest: exportStatements.listManifests,
  blob: exportStatements.listBlobs,
}

const GONE = {
  tag: exportStatements.listGoneTags,
  manifest: exportStatements.listGoneManifests,
  blob: exportStatements.listGoneBlobs,
}

const announce = operation(
  "exports.announce",
  async (connection, { links, ...key }: Base & { links: { name: string; digest: Digest | "" }[] }): Promise<void> => {
    for (const link of links) await connection.run(adoptionStatements.putExporting, { ...key, ...link })
  },
)

const putBase = operation(
  "exports.putBase",
  async (connection, { links, ...key }: Base & { links: ExportedLink[] }): Promise<void> => {
    for (const link of links) {
      await connection.run(adoptionStatements.putBase, { ...key, ...link })
      await connection.run(adoptionStatements.deleteExporting, { ...key, name: link.name })
    }
  },
)

const deleteBase = operation(
  "exports.deleteBase",
  async (connection, { names, ...key }: Base & { names: string[] }): Promise<void> => {
    for (const name of names) {
      await connection.run(adoptionStatements.deleteBase, { ...key, name })
      await connection.run(adoptionStatements.deleteExporting, { ...key, name })
    }
  },
)

interface Base {
  repository: RepositoryName
  kind: LinkKind
}

const putFirst = operation("exports.putFirst", async (connection, blob: BlobRecord, at): Promise<void> => {
  const { digest, generation, sizeBytes } = blob
  const copies = await connection.list(blobStatements.listGenerations, { digest })
  if (copies.some((copy) => copy.generation === 0 && copy.state === "deleting")) {
    const message = `an older copy of ${digest} is being removed: run berth gc run, and export again`
    throw new RegistryError("STORAGE_FAILED", message)
  }
  const live = copies.find((copy) => copy.generation === generation && copy.state === "live")
  // It was collected or pushed anew meanwhile.
  if (live === undefined || generation === 0) return
  await connection.run(gcStatements.setState, { digest, generation, state: "condemned", condemnedAt: at })
  // Nobody compared the copy with its digest; what is known of its source counts.
  const { verifiedAt } = live
  const first = { digest, generation: 0, sizeBytes, state: "live" as const, at, verifiedAt, condemnedAt: null }
  await connection.run(blobStatements.put, first)
})

export const exportOperations = [announce, putFirst, putBase, deleteBase]

export function createExportRecords(read: Connection, write: Write): ExportRecords {
  async function findNext(after: string): Promise<RepositoryName | undefined> {
    const [own, base] = await Promise.all([
      read.find(exportStatements.nextRepository, { after }),
      read.find(exportStatements.nextInBase, { after }),
    ])
    if (own === undefined || base === undefined) return own?.name ?? base?.name
    return own.name < base.name ? own.name : base.name
  }

  return {
    listRepositories: (page) =>
      readPage(page, async (after, limit) => {
        const names: RepositoryName[] = []
        for (
          let name = await findNext(after);
          name !== undefined && names.length < limit;
          name = await findNext(name)
        ) {
          names.push(name)
        }
        return names
      }),
    list: (repository, kind, page) =>
      readPage<ExportedLink>(page, (after, limit) => read.list(LISTS[kind], { repository, after, limit })),
    findBase: async (repository, manifests) => {
      const found = manifests.map((name) =>
        read.find(adoptionStatements.findBase, { repository, kind: "manifest", name }),
      )
      return new Set((await Promise.all(found)).flatMap((row) => row?.digest ?? []))
    },
    listGone: async (repository, kind, page) => {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(GONE[kind], { repository, after, limit }),
      )
      return { items: items.map(({ name }) => name), hasMore }
    },
    listHistory: async (repository, tag, limit) => {
      const moves = await read.list(exportStatements.listHistory, { repository, tag, limit: limit * MOVES_PER_DIGEST })
      return [...new Set(moves.map(({ digest }) => digest))].slice(0, limit)
    },
    announce: (repository, kind, change) => {
      const links = "names" in change ? change.names.map((name) => ({ name, digest: "" as const })) : change
      return write(announce, { repository, kind, links })
    },
    putFirst: (blob) => write(putFirst, blob),
    putBase: (repository, kind, links) => write(putBase, { repository, kind, links }),
    deleteBase: (repository, kind, names) => write(deleteBase, { repository, kind, names }),
  }
}
