import type { ProblemKind } from "../../domain/adoption.ts"
import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { LinkKind } from "../../ports/link-tree.ts"
import { prepare, type Build } from "./prepared.ts"
import { selectReferring } from "./referring.ts"

export interface BaseKey {
  repository: RepositoryName
  kind: LinkKind
  name: string
}

/** A base layer may be named by every manifest there is. */
const MAX_REFERENCES = 1000

interface ContentKey {
  repository: RepositoryName
  digest: Digest
}

export const adoptionStatements = {
  findRun: prepare(({ db }: Build<object>) =>
    db.selectFrom("adoption_run").select(["started_at as startedAt", "report"]).where("id", "=", 1),
  ),
  putRun: prepare(({ db, p }: Build<{ at: number }>) =>
    db
      .insertInto("adoption_run")
      .values({ id: 1, started_at: p("at"), report: null })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ started_at: p("at"), report: null })),
  ),
  finishRun: prepare(({ db, p }: Build<{ report: string }>) =>
    db
      .updateTable("adoption_run")
      .set({ report: p("report") })
      .where("id", "=", 1),
  ),
  forgetProblems: prepare(({ db }: Build<object>) => db.deleteFrom("adoption_problem")),
  countProblems: prepare(({ db }: Build<object>) =>
    db
      .selectFrom("adoption_problem")
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .where("id", ">", ""),
  ),
  putProblem: prepare(({ db, p }: Build<{ id: string; kind: ProblemKind; path: string; detail: string | null }>) =>
    db
      .insertInto("adoption_problem")
      .values({ id: p("id"), kind: p("kind"), path: p("path"), detail: p("detail") })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ detail: p("detail") })),
  ),
  listProblems: prepare(({ db, p }: Build<{ after: string; limit: number }>) =>
    db
      .selectFrom("adoption_problem")
      .select(["kind", "path", "detail"])
      .where("id", ">", p("after"))
      .orderBy("id")
      .limit(p("limit")),
  ),
  findBase: prepare(({ db, p }: Build<BaseKey>) =>
    db
      .selectFrom("adopted")
      .select("digest")
      .where("repository", "=", p("repository"))
      .where("kind", "=", p("kind"))
      .where("name", "=", p("name")),
  ),
  listBase: prepare(({ db, p }: Build<Omit<BaseKey, "name"> & { after: string; limit: number }>) =>
    db
      .selectFrom("adopted")
      .select("name")
      .where("repository", "=", p("repository"))
      .where("kind", "=", p("kind"))
      .where("name", ">", p("after"))
      .orderBy("name")
      .limit(p("limit")),
  ),
  putBase: prepare(({ db, p }: Build<BaseKey & { digest: Digest }>) =>
    db
      .insertInto("adopted")
      .values({ repository: p("repository"), kind: p("kind"), name: p("name"), digest: p("digest") })
      .onConflict((conflict) => conflict.columns(["repository", "kind", "name"]).doUpdateSet({ digest: p("digest") })),
  ),
  deleteBase: prepare(({ db, p }: Build<BaseKey>) =>
    db
      .deleteFrom("adopted")
      .where("repository", "=", p("repository"))
      .where("kind", "=", p("kind"))
      .where("name", "=", p("name")),
  ),
  findExporting: prepare(({ db, p }: Build<BaseKey>) =>
    db
      .selectFrom("exporting")
      .select("digest")
      .where("repository", "=", p("repository"))
      .where("kind", "=", p("kind"))
      .where("name", "=", p("name")),
  ),
  anyExporting: prepare(({ db }: Build<object>) =>
    db
      .selectFrom("exporting")
      .select("name")
      .where("repository", ">", "" as RepositoryName)
      .limit(1),
  ),
  putExporting: prepare(({ db, p }: Build<BaseKey & { digest: Digest | "" }>) =>
    db
      .insertInto("exporting")
      .values({ repository: p("repository"), kind: p("kind"), name: p("name"), digest: p("digest") })
      .onConflict((conflict) => conflict.columns(["repository", "kind", "name"]).doUpdateSet({ digest: p("digest") })),
  ),
  deleteExporting: prepare(({ db, p }: Build<BaseKey>) =>
    db
      .deleteFrom("exporting")
      .where("repository", "=", p("repository"))
      .where("kind", "=", p("kind"))
      .where("name", "=", p("name")),
  ),
  forgetExporting: prepare(({ db }: Build<object>) => db.deleteFrom("exporting")),
  listSizes: prepare(({ db, p }: Build<ContentKey>) =>
    db
      .selectFrom("reference")
      .select("size")
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .where("kind", "in", ["config", "layer"])
      .where("size", ">", 0)
      .limit(MAX_REFERENCES),
  ),
  /** Something of the repository, other than a subject's referrer, that names the content. */
  findReference: prepare(({ db, p }: Build<ContentKey>) =>
    selectReferring(db)
      .select("reference.manifest")
      .where("reference.digest", "=", p("digest"))
      .where("reference.repository", "=", p("repository"))
      .where("reference.kind", "!=", "subject")
      .limit(1),
  ),
  /** When the tag was last changed here. */
  findChange: prepare(({ db, p }: Build<{ repository: RepositoryName; tag: Tag }>) =>
    db
      .selectFrom("tag_history")
      .select("at")
      .where("repository", "=", p("repository"))
      .where("tag", "=", p("tag"))
      .orderBy("id", "desc")
      .limit(1),
  ),
  findMove: prepare(({ db, p }: Build<{ repository: RepositoryName; tag: Tag; digest: Digest }>) =>
    db
      .selectFrom("tag_history")
      .select("at")
      .where("repository", "=", p("repository"))
      .where("tag", "=", p("tag"))
      .where("digest", "=", p("digest"))
      .limit(1),
  ),
}
