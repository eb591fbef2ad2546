import type { ExpressionBuilder } from "kysely"
import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { TallyStep } from "../../ports/metadata/repositories.ts"
import { prepare, type Build } from "./prepared.ts"
import type { Schema } from "./schema.ts"

type Step = TallyStep & { repository: RepositoryName }

interface Target {
  repository: RepositoryName
}

/** The digests of the repository's links that one step of counting looks at. */
function stepOfLinks({ db, p }: Build<Step>) {
  return db
    .selectFrom("link")
    .select("digest")
    .where("repository", "=", p("repository"))
    .where("digest", ">", p("after") as Digest)
    .where("deleted_at", "is", null)
    .orderBy("digest")
    .limit(p("limit"))
    .as("step")
}

export const repositoryStatements = {
  find: prepare(({ db, p }: Build<Target>) =>
    db
      .selectFrom("repository")
      .select("manifest_count as manifestCount")
      .where("name", "=", p("repository"))
      .where("deleted_at", "is", null),
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
  tallyBlobs: prepare((build: Build<Step>) =>
    build.db
      .selectFrom(stepOfLinks(build))
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
      .where("deleted_at", "is", null)
      .orderBy("name")
      .limit(p("limit")),
  ),
  ensure: prepare(({ db, p }: Build<{ name: RepositoryName; at: number }>) =>
    db
      .insertInto("repository")
      .values({ name: p("name"), created_at: p("at"), deleted_at: null, manifest_count: 0 })
      .onConflict((conflict) =>
        conflict
          .column("name")
          .doUpdateSet((eb) => ({ created_at: eb.ref("excluded.created_at"), deleted_at: null }))
          .where("repository.deleted_at", "is not", null),
      ),
  ),
  count: prepare(({ db, p }: Build<{ name: RepositoryName; added: number }>) =>
    db
      .updateTable("repository")
      .set((eb) => ({ manifest_count: eb("manifest_count", "+", p("added")) }))
      .where("name", "=", p("name")),
  ),
  tallyOwnBlobs: prepare((build: Build<Step>) =>
    build.db
      .selectFrom(stepOfLinks(build))
      .leftJoin("blob", (join) =>
        join
          .onRef("blob.digest", "=", "step.digest")
          .on("blob.state", "=", "live")
          .on((eb) => eb.not(eb.exists(referencesElsewhere(eb, build.p("repository"))))),
      )
      .select(({ fn }) => [
        fn.countAll<number>().as("seen"),
        fn.count<number>("blob.digest").as("count"),
        fn.sum<number | null>("blob.size").as("bytes"),
        fn.max<string | null>("step.digest").as("last"),
      ]),
  ),
  mark: prepare(({ db, p }: Build<Target & { at: number }>) =>
    db
      .updateTable("repository")
      .set((eb) => ({ deleted_at: p("at"), manifest_count: eb.lit(0) }))
      .where("name", "=", p("repository")),
  ),
}

/** Of the blob at hand. The way over the links is short: few repositories have a blob, and they are found by its digest. */
export function referencesElsewhere(eb: ExpressionBuilder<Schema, "blob">, repository: RepositoryName) {
  return eb
    .selectFrom("link as other")
    .innerJoin("reference", (join) =>
      join.onRef("reference.repository", "=", "other.repository").onRef("reference.digest", "=", "other.digest"),
    )
    .select("other.repository")
    .whereRef("other.digest", "=", "blob.digest")
    .where("other.deleted_at", "is", null)
    .where("other.repository", "!=", repository)
}
