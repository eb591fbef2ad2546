import type { RepositoryName } from "../../domain/repository-name.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"

interface Span {
  repository: RepositoryName
  from: number
  to: number
}

export const deletionMomentStatements = {
  findRemoval: prepare(({ db, p }: Build<Span>) =>
    db
      .selectFrom("removal")
      .select("at")
      .where("at", ">=", p("from"))
      .where("at", "<", p("to"))
      .where("repository", "=", p("repository"))
      .orderBy("at", "desc")
      .limit(1),
  ),
  findUntagging: prepare(({ db, sql, p }: Build<Span>) =>
    db
      .selectFrom("tag_history")
      .select("at")
      .where("at", ">=", p("from"))
      .where("at", "<", p("to"))
      // Not by the index of the repository, of which there may be a hundred thousand changes.
      .where(sql<RepositoryName>`coalesce(${sql.ref("repository")}, '')`, "=", p("repository"))
      .where("digest", "is", null)
      .orderBy("at", "desc")
      .limit(1),
  ),
}

/** A clock that was set back is not waited for: all that came since would have to be looked at. */
const LONGEST_MS = 1000

/**
 * When what is deleted now counts as deleted (epoch ms): at a moment of its own. By its moment is told what went with it,
 * and is to come back with it; of all that writes delete in one millisecond each comes back alone.
 */
export async function findDeletionMoment(
  connection: Connection,
  repository: RepositoryName,
  now: number,
): Promise<number> {
  const span = { repository, from: now, to: now + LONGEST_MS }
  const removal = await connection.find(deletionMomentStatements.findRemoval, span)
  const untagging = await connection.find(deletionMomentStatements.findUntagging, span)
  return Math.max(now, (removal?.at ?? -1) + 1, (untagging?.at ?? -1) + 1)
}
