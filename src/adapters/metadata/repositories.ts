import type { RepositoryName } from "../../domain/repository-name.ts"
import type { RepositoryRecords } from "../../ports/metadata/repositories.ts"
import { readPage } from "./pages.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"

export const repositoryStatements = {
  find: prepare(({ db, p }: Build<{ name: RepositoryName }>) =>
    db.selectFrom("repository").select("name").where("name", "=", p("name")),
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
  }
}

export async function ensureRepository(connection: Connection, name: RepositoryName, at: number): Promise<void> {
  await connection.run(repositoryStatements.ensure, { name, at })
}

/** Keeps the number that tells whether the catalog shows the repository. */
export async function countManifests(connection: Connection, name: RepositoryName, added: number): Promise<void> {
  await connection.run(repositoryStatements.count, { name, added })
}
