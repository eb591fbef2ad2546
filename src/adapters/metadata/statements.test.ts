import { expect, test } from "bun:test"
import type { SQLQueryBindings } from "bun:sqlite"
import { compileForSqlite } from "./sqlite/compile.ts"
import { openForWriting } from "./sqlite/open.ts"
import { statements } from "./statements.ts"

interface PlanStep {
  detail: string
}

// `step` is a bounded number of rows that were found so.
test("every query finds its rows by an index, in the order it gives them", () => {
  const database = openForWriting(":memory:", 0)
  const compiled = compileForSqlite()
  expect(compiled).toHaveLength(statements.length)
  for (const { sql, parameters } of compiled) {
    const plan = database
      .prepare<PlanStep, SQLQueryBindings[]>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...parameters.map(() => null))
    for (const { detail } of plan) {
      expect(`${sql}: ${detail}`).not.toContain("TEMP B-TREE")
      // The catalog's index holds what the catalog lists, and nothing else.
      if (!detail.endsWith("USING COVERING INDEX repository_catalog"))
        expect(`${sql}: ${detail}`).not.toMatch(/: SCAN (?!step$)/)
      // Not all that is condemned, to find what was given up of it.
      expect(`${sql}: ${detail}`).not.toContain("blob_dying (condemned_at")
      // Not all manifests of the repository, of which there may be a hundred thousand.
      if (/"subject" = /.test(sql)) expect(`${sql}: ${detail}`).not.toMatch(/(manifest|referrer) USING PRIMARY KEY/)
    }
  }
  database.close()
})
