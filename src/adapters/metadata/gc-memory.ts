import type { GcGrace, GcMemoryRecords } from "../../ports/metadata/gc-memory.ts"
import { operation, type Write } from "./operation.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"

export const gcMemoryStatements = {
  findRun: prepare(({ db }: Build<object>) => db.selectFrom("gc_run").select("report").where("id", "=", 1)),
  putRun: prepare(({ db, p }: Build<{ report: string }>) =>
    db
      .insertInto("gc_run")
      .values({ id: 1, report: p("report") })
      .onConflict((conflict) => conflict.column("id").doUpdateSet((eb) => ({ report: eb.ref("excluded.report") }))),
  ),
  findGrace: prepare(({ db }: Build<object>) =>
    db
      .selectFrom("gc_grace")
      .select(["grace_ms as graceMs", "former_ms as formerMs", "former_until as formerUntil"])
      .where("id", "=", 1),
  ),
  putGrace: prepare(({ db, p }: Build<GcGrace>) =>
    db
      .insertInto("gc_grace")
      .values({
        id: 1,
        grace_ms: p("graceMs"),
        former_ms: p("formerMs"),
        former_until: p("formerUntil"),
      })
      .onConflict((conflict) =>
        conflict.column("id").doUpdateSet((eb) => ({
          grace_ms: eb.ref("excluded.grace_ms"),
          former_ms: eb.ref("excluded.former_ms"),
          former_until: eb.ref("excluded.former_until"),
        })),
      ),
  ),
}

const putRun = operation("gc.putRun", async (connection, report: object): Promise<void> => {
  await connection.run(gcMemoryStatements.putRun, { report: JSON.stringify(report) })
})

/** What was told under a grace period counts for as long as that says, whatever the next one says. */
const putGrace = operation("gc.putGrace", async (connection, graceMs: number, at): Promise<GcGrace> => {
  const known = await connection.find(gcMemoryStatements.findGrace, {})
  if (known?.graceMs === graceMs) return known
  const grace = { graceMs, formerMs: 0, formerUntil: 0 }
  if (known !== undefined) {
    // Two that overlap count as one: the longer of them, until the later end.
    const isPast = known.formerUntil <= at
    grace.formerMs = Math.max(known.graceMs, isPast ? 0 : known.formerMs)
    grace.formerUntil = Math.max(at + known.graceMs, isPast ? 0 : known.formerUntil)
  }
  await connection.run(gcMemoryStatements.putGrace, grace)
  return grace
})

export const gcMemoryOperations = [putRun, putGrace]

export function createGcMemoryRecords(read: Connection, write: Write): GcMemoryRecords {
  return {
    findRun: async () => {
      const row = await read.find(gcMemoryStatements.findRun, {})
      return row && (JSON.parse(row.report) as unknown)
    },
    putRun: (report) => write(putRun, report),
    putGrace: async (graceMs) => {
      const known = await read.find(gcMemoryStatements.findGrace, {})
      return known?.graceMs === graceMs ? known : write(putGrace, graceMs)
    },
  }
}
