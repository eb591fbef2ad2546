import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { RepositoryRecords, TallyStep } from "../../ports/metadata/repositories.ts"
import { readPage } from "./pages.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"

type Step = TallyStep & { repository: RepositoryName }

export const repositoryStatements = {
  find: prepare(({ db, p }: Build<{ name: RepositoryName }>) =>
    db.selectFrom("repository").select("manifest_count as manifestCount").where("name", "=", p("name")),
  ),
  tallyTags: prepare(({ db, p }: Build<Step>) =>
    db
      .selectFrom(
        db
          .selectFrom("tag")
          .select(["name", "updated_at"])
          .where("repository", "=", p("repository"))
          .where("name", ">", p("after") as Tag)
          .orderBy("name")
          .limit(p("limit"))
          .as("step"),
      )
      .select(({ fn }) => [
        fn.countAll<number>().as("count"),
        fn.max<string | null>("name").as("last"),
        fn.max<number | null>("updated_at").as("lastPushedAt"),
      ]),
  ),
  tallyBlobs: prepare(({ db, p }: Build<Step>) =>
    db
      .selectFrom(
        db
          .selectFrom("link")
          .select("digest")
          .where("repository", "=", p("repository"))
          .where("digest", ">", p("after") as Digest)
          .orderBy("digest")
          .limit(p("limit"))
          .as("step"),
      )
      .leftJoin("blob", (join) => join.onRef("blob.digest", "=", "step.digest").on("blob.state", "=", "live"))
      .select(({ fn }) => [
        fn.countAll<number>().as("seen"),
        fn.count<number>("blob.digest").as("count"),
        fn.sum<number | null>("blob.size").as("bytes"),
        fn.max<string | null>("step.digest").as("last"),
      ]),
  ),
  // The condition is a literal: with a parameter in its place the partial index would not be used.
  list: prepare(({ db, p }: Build<{ after: string; limit: number }>) =>
    db
      .selectFrom("repository")
      .select("name")
      .where((eb) => eb("manifest_count", ">", eb.lit(0)))
      .where("name", ">", p("after") as RepositoryName)
      .orderBy("name")
      .limit(p("limit")),
  ),
  ensure: prepare(({ db, p }: Build<{ name: RepositoryName; at: number }>) =>
    db
      .insertInto("repository")
      .values({ name: p("name"), created_at: p("at"), deleted_at: null, manifest_count: 0 })
      .onConflict((conflict) => conflict.column("name").doNothing()),
  ),
  count: prepare(({ db, p }: Build<{ name: RepositoryName; added: number }>) =>
    db
      .updateTable("repository")
      .set((eb) => ({ manifest_count: eb("manifest_count", "+", p("added")) }))
      .where("name", "=", p("name")),
  ),
}

export function createRepositoryRecords(read: Connection): RepositoryRecords {
  return {
    async exists(repository) {
      return (await read.find(repositoryStatements.find, { name: repository })) !== undefined
    },
    async list(page) {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(repositoryStatements.list, { after, limit }),
      )
      return { items: items.map(({ name }) => name), hasMore }
    },
    findManifestCount: async (name) => (await read.find(repositoryStatements.find, { name }))?.manifestCount,
    async tallyTags(repository, step) {
      const row = await read.find(repositoryStatements.tallyTags, { repository, ...step })
      const { count = 0, last = null, lastPushedAt = null } = row ?? {}
      return { count, lastPushedAt: lastPushedAt ?? undefined, next: nextOf(last, count === step.limit) }
    },
    async tallyBlobs(repository, step) {
      const row = await read.find(repositoryStatements.tallyBlobs, { repository, ...step })
      const { seen = 0, count = 0, bytes = null, last = null } = row ?? {}
      return { count, bytes: bytes ?? 0, next: nextOf(last, seen === step.limit) }
    },
  }
}

/** A step that was full may be the last all the same: the next one then finds nothing. */
function nextOf(last: string | null, isFull: boolean): string | undefined {
  return isFull && last !== null ? last : undefined
}

export async function ensureRepository(connection: Connection, name: RepositoryName, at: number): Promise<void> {
  await connection.run(repositoryStatements.ensure, { name, at })
}

/** Keeps the number that tells whether the catalog shows the repository. */
export async function countManifests(connection: Connection, name: RepositoryName, added: number): Promise<void> {
  await connection.run(repositoryStatements.count, { name, added })
}
