import type { Store } from "../../../src/adapters/metadata/sqlite/store.ts"
import { compileForSqlite } from "../../../src/adapters/metadata/sqlite/compile.ts"
import type { Connection, Prepared } from "../../../src/adapters/metadata/prepared.ts"
import { statements } from "../../../src/adapters/metadata/statements.ts"
import type { BlobStore } from "../../../src/ports/blob-store.ts"
import type { Gate, Passage } from "./gate.ts"

/** Once: compiling takes longer than a hundred schedules. */
export const compiled = compileForSqlite()

const nouns = new Map<object, string>(
  statements.map((statement, place) => [
    statement,
    /(?:from|into|update) "(\w+)"/.exec(compiled[place]?.sql ?? "")?.[1] ?? "?",
  ]),
)

/** The same store, with a step before and after the effect of each query and each transaction. */
export function createGatedStore(store: Store, gate: Gate): Store {
  const gated = <Values extends object, Row, Result>(
    query: Prepared<Values, Row>,
    values: Values,
    execute: () => Promise<Result>,
  ): Promise<Result> => {
    const noun = nouns.get(query) ?? "?"
    return between(gate, { kind: "read", ...describeRows(noun, values), label: `read ${noun}` }, execute)
  }
  const read: Connection = {
    find: (query, values) => gated(query, values, () => store.read.find(query, values)),
    list: (query, values) => gated(query, values, () => store.read.list(query, values)),
    run: (query, values) => gated(query, values, () => store.read.run(query, values)),
  }
  const enqueue = createLine()
  return {
    ...store,
    read,
    write: (operation, input) => {
      const noun = operation.name.slice(0, operation.name.indexOf(".")).replace(/s$/, "")
      const passage = { kind: "write" as const, ...describeRows(noun, input), label: operation.name }
      const begin = enqueue(() => store.write(operation, input))
      return between(gate, passage, begin)
    },
  }
}

/** As writes have their turn in the order in which they were asked for: whoever is let on takes those before along. */
function createLine(): <Result>(write: () => Promise<Result>) => () => Promise<Result> {
  const waiting: (() => void)[] = []
  return (write) => {
    let result: ReturnType<typeof write> | undefined
    const begin = () => {
      result ??= write()
      // Who asked is told when it is let on itself.
      result.catch(() => undefined)
    }
    waiting.push(begin)
    return () => {
      const place = waiting.indexOf(begin)
      for (const each of waiting.splice(0, place + 1)) each()
      begin()
      return result ?? write()
    }
  }
}

/** Sessions of uploads are nobody else's: their rows have an order among themselves alone. */
function describeRows(noun: string, values: unknown): Pick<Passage, "resource" | "about"> {
  const record = typeof values === "object" && values !== null ? values : {}
  const digest = "digest" in record ? String(record.digest) : ""
  const resource = noun === "upload" ? `upload ${typeof values === "string" ? values : idOf(record)}` : "database"
  return { resource, about: `${noun} ${digest}` }
}

function idOf(record: object): string {
  if ("id" in record) return String(record.id)
  return "upload" in record && typeof record.upload === "object" && record.upload !== null ? idOf(record.upload) : ""
}

const READS = new Set(["open", "findSize", "read", "verify", "findUpload", "hashUpload", "list"])

/** The same storage, with a step before and after each call's effect. */
export function createGatedBlobStore(store: BlobStore, gate: Gate): BlobStore {
  const gated = Object.entries(store).map(([name, call]: [string, unknown]) => {
    if (typeof call !== "function") return [name, call]
    const act = (...given: unknown[]): unknown => {
      const effect = (): unknown => Reflect.apply(call, store, given)
      const resource = findResource(given[0])
      const kind = READS.has(name) ? ("read" as const) : ("write" as const)
      return between(gate, { kind, resource, about: resource, label: name }, async () => effect())
    }
    return [name, act]
  })
  return Object.fromEntries(gated) as BlobStore
}

/** What is kept in memory of tags is what any of these may change. */
const TAGGED = new Set(["tag", "manifest", "repositorie", "history"])

async function between<T>(gate: Gate, passage: Passage, effect: () => Promise<T>): Promise<T> {
  await gate.enter(passage)
  try {
    return await effect()
  } finally {
    const [noun = ""] = passage.about.split(" ")
    const resource = `memory of ${TAGGED.has(noun) ? "tags" : noun}`
    await gate.enter({ ...passage, kind: "local", resource, label: `after ${passage.label}` })
  }
}

/** The object or the upload that a call of the storage is about. */
function findResource(about: unknown): string {
  if (typeof about === "string") return `upload ${about}`
  if (typeof about === "object" && about !== null && "digest" in about && "generation" in about) {
    return `object ${String(about.digest).slice(7, 13)}.${String(about.generation)}`
  }
  return "*"
}
