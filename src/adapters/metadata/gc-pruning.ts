import type { Pruned, PruneStep } from "../../ports/metadata/gc.ts"
import { operation } from "./operation.ts"
import { prepare, type Build } from "./prepared.ts"

interface OldMoves {
  before: number
  at: number
  id: number
  limit: number
}

export const gcPruningStatements = {
  pruneRemovals: prepare(({ db, p }: Build<{ before: number; limit: number }>) =>
    db
      .deleteFrom("removal")
      .where(
        "id",
        "in",
        db.selectFrom("removal").select("id").where("at", "<", p("before")).orderBy("at").limit(p("limit")),
      ),
  ),
  listOldMoves: prepare(({ db, p }: Build<OldMoves>) =>
    db
      .selectFrom("tag_history")
      .select((eb) => [
        "id",
        "at",
        "digest",
        eb
          .selectFrom("tag_history as later")
          .select("later.at")
          .whereRef("later.repository", "=", "tag_history.repository")
          .whereRef("later.tag", "=", "tag_history.tag")
          .whereRef("later.id", ">", "tag_history.id")
          .orderBy("later.id")
          .limit(1)
          .as("laterAt"),
      ])
      .where("at", "<", p("before"))
      .where((eb) => eb(eb.refTuple("at", "id"), ">", eb.tuple(p("at"), p("id"))))
      .orderBy("at")
      .orderBy("id")
      .limit(p("limit")),
  ),
  deleteMove: prepare(({ db, p }: Build<{ id: number }>) => db.deleteFrom("tag_history").where("id", "=", p("id"))),
}

/** What a tag named when the time began that is kept stays on record: the last change before it, unless that deleted it. */
export const prune = operation(
  "gc.prune",
  async (connection, { before, limit, after = START }: PruneStep & { before: number }): Promise<Pruned> => {
    const removals = await connection.run(gcPruningStatements.pruneRemovals, { before, limit })
    const moves = await connection.list(gcPruningStatements.listOldMoves, { before, ...after, limit })
    const old = moves.filter(({ digest, laterAt }) => digest === null || (laterAt !== null && laterAt < before))
    for (const { id } of old) await connection.run(gcPruningStatements.deleteMove, { id })
    const rows = removals + old.length
    if (removals < limit && moves.length < limit) return { rows }
    const { at, id } = moves.at(-1) ?? after
    return { rows, next: { at, id } }
  },
)

const START = { at: -1, id: 0 }
