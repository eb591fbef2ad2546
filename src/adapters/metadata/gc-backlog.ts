import type { Digest } from "../../domain/digest.ts"
import type { GcBacklog, GcCutoffs, ReviewKind } from "../../ports/metadata/gc.ts"
import { cutoffOf } from "./gc-reviews.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"

/** One more than is told of: it stands for whatever there is. Each count is a few milliseconds of the event loop. */
const COUNTED_AT_MOST = 10_001
const KINDS: readonly ReviewKind[] = ["repository", "manifest", "untagged", "link", "blob"]

export const gcBacklogStatements = {
  countReviews: prepare(({ db, p }: Build<{ kind: ReviewKind; before: number }>) =>
    db
      .selectFrom(
        db
          .selectFrom("review")
          .select("since")
          .where("kind", "=", p("kind"))
          .where("since", "<=", p("before"))
          .limit(COUNTED_AT_MOST)
          .as("step"),
      )
      .select((eb) => eb.fn.countAll<number>().as("count")),
  ),
  countDying: prepare(({ db, p }: Build<{ state: "condemned" | "deleting" }>) =>
    db
      .selectFrom(
        db
          .selectFrom("blob")
          .select("size")
          .where("state", "=", p("state"))
          .where("condemned_at", ">", 0)
          .limit(COUNTED_AT_MOST)
          .as("step"),
      )
      .select((eb) => [eb.fn.countAll<number>().as("count"), eb.fn.sum<number | null>("size").as("bytes")]),
  ),
  countOrphans: prepare(({ db }: Build<object>) =>
    db
      .selectFrom(
        db
          .selectFrom("orphan")
          .select("seen_at")
          .where("digest", ">", "" as Digest)
          .limit(COUNTED_AT_MOST)
          .as("step"),
      )
      .select((eb) => eb.fn.countAll<number>().as("count")),
  ),
}

export async function countBacklog(read: Connection, cutoffs: GcCutoffs): Promise<GcBacklog> {
  const count = async (kind: ReviewKind, before: number) => {
    await letOthersIn()
    return (await read.find(gcBacklogStatements.countReviews, { kind, before }))?.count ?? 0
  }
  const reviews: GcBacklog["reviews"] = { repository: 0, manifest: 0, untagged: 0, link: 0, blob: 0 }
  let due = 0
  for (const kind of KINDS) {
    // Where untagged manifests stay, none of them is due.
    const isAsked = kind !== "untagged" || cutoffs.untaggedBefore !== undefined
    const dueOfKind = isAsked ? await count(kind, cutoffOf(kind, cutoffs, 0)) : 0
    due += dueOfKind
    reviews[kind] = dueOfKind < COUNTED_AT_MOST ? await count(kind, Number.MAX_SAFE_INTEGER) : dueOfKind
  }
  await letOthersIn()
  const condemned = await read.find(gcBacklogStatements.countDying, { state: "condemned" })
  await letOthersIn()
  const deleting = await read.find(gcBacklogStatements.countDying, { state: "deleting" })
  return {
    reviews,
    due,
    condemned: condemned?.count ?? 0,
    condemnedBytes: condemned?.bytes ?? 0,
    deleting: deleting?.count ?? 0,
    orphans: (await read.find(gcBacklogStatements.countOrphans, {}))?.count ?? 0,
  }
}

/** A reading is done at once: one after the other they would hold up the requests for as long as all of them take. */
export function letOthersIn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
