import type { RepositoryName } from "../../domain/repository-name.ts"
import type { DeliveryState } from "../../ports/metadata/events.ts"
import { prepare, type Build, type Tools } from "./prepared.ts"

interface Lane {
  endpoint: string
  repository: RepositoryName
  limit: number
}

interface Expiry {
  endpoint: string
  state: DeliveryState
  before: number
  limit: number
}

interface NewDelivery {
  endpoint: string
  repository: RepositoryName
  state: DeliveryState
  event: string
  error: string | null
  at: number
}

interface Position {
  endpoint: string
  state: DeliveryState
  since: number
  id: number
  limit: number
}

interface Outcome {
  id: number
  state: DeliveryState
  error: string | null
  since: number
}

export const eventStatements = {
  find: prepare(({ p, ...tools }: Build<{ id: number }>) => selectDelivery(tools).where("id", "=", p("id"))),
  findLane: prepare(({ db, p }: Build<{ endpoint: string; after: string }>) =>
    db
      .selectFrom("delivery")
      .select("repository")
      .where("endpoint", "=", p("endpoint"))
      .where("state", "=", "waiting")
      .where("repository", ">", p("after") as RepositoryName)
      .orderBy("repository")
      .limit(1),
  ),
  listLane: prepare(({ p, ...tools }: Build<Lane>) =>
    selectDelivery(tools)
      .where("endpoint", "=", p("endpoint"))
      .where("state", "=", "waiting")
      .where("repository", "=", p("repository"))
      .orderBy("id")
      .limit(p("limit")),
  ),
  list: prepare(({ p, ...tools }: Build<Position>) =>
    selectDelivery(tools)
      .where("endpoint", "=", p("endpoint"))
      .where("state", "=", p("state"))
      .where((eb) => eb(eb.refTuple("since", "id"), ">", eb.tuple(p("since"), p("id"))))
      .orderBy("since")
      .orderBy("id")
      .limit(p("limit")),
  ),
  listOlder: prepare(({ db, p }: Build<Expiry>) =>
    db
      .selectFrom("delivery")
      .select(["id", "endpoint", "state"])
      .where("endpoint", "=", p("endpoint"))
      .where("state", "=", p("state"))
      .where("since", "<", p("before"))
      .orderBy("since")
      .orderBy("id")
      .limit(p("limit")),
  ),
  insert: prepare(({ db, p }: Build<NewDelivery>) =>
    db.insertInto("delivery").values({
      endpoint: p("endpoint"),
      repository: p("repository"),
      state: p("state"),
      event: p("event"),
      attempts: 0,
      error: p("error"),
      since: p("at"),
    }),
  ),
  move: prepare(({ db, p }: Build<Outcome>) =>
    db
      .updateTable("delivery")
      .set({ state: p("state"), error: p("error"), since: p("since") })
      .where("id", "=", p("id")),
  ),
  noteFailure: prepare(({ db, p }: Build<{ id: number; error: string }>) =>
    db
      .updateTable("delivery")
      .set((eb) => ({ attempts: eb("attempts", "+", 1), error: p("error") }))
      .where("id", "=", p("id")),
  ),
  delete: prepare(({ db, p }: Build<{ id: number }>) => db.deleteFrom("delivery").where("id", "=", p("id"))),
  count: prepare(({ db, p }: Build<{ endpoint: string; waiting: number; dead: number }>) =>
    db
      .insertInto("outbox")
      .values({ endpoint: p("endpoint"), waiting: p("waiting"), dead: p("dead") })
      .onConflict((conflict) =>
        conflict.column("endpoint").doUpdateSet((eb) => ({
          waiting: eb("outbox.waiting", "+", eb.ref("excluded.waiting")),
          dead: eb("outbox.dead", "+", eb.ref("excluded.dead")),
        })),
      ),
  ),
  findCount: prepare(({ db, p }: Build<{ endpoint: string }>) =>
    db.selectFrom("outbox").select(["waiting", "dead"]).where("endpoint", "=", p("endpoint")),
  ),
  listCounts: prepare(({ db, p }: Build<{ after: string }>) =>
    db
      .selectFrom("outbox")
      .select(["endpoint", "waiting", "dead"])
      .where("endpoint", ">", p("after"))
      .orderBy("endpoint"),
  ),
}

function selectDelivery({ db }: Tools) {
  return db
    .selectFrom("delivery")
    .select(["id", "endpoint", "repository", "state", "event", "attempts", "error", "since"])
}
