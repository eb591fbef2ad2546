import type { ExpressionBuilder } from "kysely"
import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { ManifestKey } from "../../ports/metadata/manifests.ts"
import { gcWalkStatements } from "./gc-walk-statements.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"
import type { Schema } from "./schema.ts"

/**
 * A manifest, what it refers to as its subject, and what refers to these, however far: they stay and go together, or a
 * signature would be left of what is gone.
 */
export interface Family {
  /** What refers to others stands before them. Where there is a keeper, not all. */
  members: readonly Digest[]
  /** What keeps them all: one that a tag or an index has, or that is deleted and can be restored. */
  keeper?: Digest
  /** There are more than can be looked at in one step, and perhaps a keeper. */
  isTooLarge: boolean
  /** When any of them was last pushed, pulled or let go; epoch ms. */
  usedAt: number
}

/** Each costs some look-ups, for which other writes wait. */
const LARGEST_FAMILY = 10_000

interface FamilyStep extends ManifestKey {
  limit: number
}

// Each has one subject: no row is met twice on the way down, nor on the way up.
export const gcFamilyStatements = {
  /** From subject to subject. One that is deleted leads no further. */
  listDown: prepare(({ db, p }: Build<FamilyStep>) =>
    db
      .withRecursive("step(digest, subject, deletedAt)", (cte) =>
        cte
          .selectFrom("manifest as self")
          .select(["self.digest", "self.subject", "self.deleted_at as deletedAt"])
          .where("self.repository", "=", p("repository"))
          .where("self.digest", "=", p("digest"))
          .unionAll(
            cte
              .selectFrom("step")
              .innerJoin("manifest as next", (join) =>
                join.on("next.repository", "=", p("repository")).onRef("next.digest", "=", "step.subject"),
              )
              .select(["next.digest", "next.subject", "next.deleted_at as deletedAt"])
              .where("step.deletedAt", "is", null),
          ),
      )
      .selectFrom("step")
      .select((eb) => ["step.digest", "step.deletedAt", ...selectNames(eb, p("repository"))])
      .limit(p("limit")),
  ),
  /** Itself, what has it as its subject, what has these, and so on: each after its subject. */
  listUp: prepare(({ db, p }: Build<FamilyStep>) =>
    db
      .withRecursive("step(digest, createdAt, pulledAt, usedAt)", (cte) =>
        cte
          .selectFrom("manifest as self")
          .select(["self.digest", "self.created_at as createdAt", "self.last_pulled_at as pulledAt"])
          .select("self.used_at as usedAt")
          .where("self.repository", "=", p("repository"))
          .where("self.digest", "=", p("digest"))
          .unionAll(
            cte
              .selectFrom("step")
              .innerJoin("manifest as referrer", (join) =>
                join.on("referrer.repository", "=", p("repository")).onRef("referrer.subject", "=", "step.digest"),
              )
              .select(["referrer.digest", "referrer.created_at as createdAt", "referrer.last_pulled_at as pulledAt"])
              .select("referrer.used_at as usedAt")
              .where("referrer.deleted_at", "is", null),
          ),
      )
      .selectFrom("step")
      .select((eb) => [
        "step.digest",
        "step.createdAt",
        "step.pulledAt",
        "step.usedAt",
        ...selectNames(eb, p("repository")),
        eb
          .selectFrom("review")
          .select("review.since")
          .where("review.kind", "=", "untagged")
          .where("review.repository", "=", p("repository"))
          .whereRef("review.digest", "=", "step.digest")
          .as("letGoAt"),
      ])
      .limit(p("limit")),
  ),
}

type AtStep = ExpressionBuilder<Schema & { step: { digest: Digest } }, "step">

/** What names the manifest at hand: a tag, and an index that has a row, deleted or not. */
function selectNames(eb: AtStep, repository: RepositoryName) {
  return [
    eb
      .selectFrom("tag")
      .select("tag.name")
      .where("tag.repository", "=", repository)
      .whereRef("tag.digest", "=", "step.digest")
      .limit(1)
      .as("tag"),
    eb
      .selectFrom("reference")
      .select("reference.manifest")
      .where("reference.repository", "=", repository)
      .whereRef("reference.digest", "=", "step.digest")
      .where("reference.kind", "!=", "subject")
      .limit(1)
      .as("index"),
  ] as const
}

/** Of a manifest that is not deleted; `largest` is how many are looked at. */
export async function findFamily(connection: Connection, key: ManifestKey, largest = LARGEST_FAMILY): Promise<Family> {
  const { repository } = key
  const limit = largest + 1
  const down = await connection.list(gcFamilyStatements.listDown, { ...key, limit })
  const below = down.find(({ deletedAt, tag, index }) => deletedAt !== null || isNamed({ tag, index }))
  if (below !== undefined)
    return { members: down.map(({ digest }) => digest), keeper: below.digest, isTooLarge: false, usedAt: 0 }
  const root = down.at(-1)?.digest ?? key.digest
  const rows = await connection.list(gcFamilyStatements.listUp, { repository, digest: root, limit })
  const keeper = rows.find(isNamed)
  // Before it pulls may have been that a backup does not have, or that a full disk has kept from being recorded.
  const restoredAt = (await connection.find(gcWalkStatements.findRestored, {}))?.at ?? 0
  return {
    members: rows.map(({ digest }) => digest).toReversed(),
    isTooLarge: Math.max(down.length, rows.length) > largest,
    usedAt: rows.reduce(
      (latest, { createdAt, pulledAt, usedAt, letGoAt }) =>
        Math.max(latest, createdAt, pulledAt ?? 0, usedAt ?? 0, letGoAt ?? 0),
      restoredAt,
    ),
    ...(keeper !== undefined && { keeper: keeper.digest }),
  }
}

function isNamed({ tag, index }: { tag: string | null; index: string | null }): boolean {
  return tag !== null || index !== null
}
