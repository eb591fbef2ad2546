import type { Compilable, Kysely, Sql } from "kysely"
import type { Schema } from "./schema.ts"

/** A query that is built and compiled once, and executed with values many times. */
export interface Prepared<Values extends object, Row> {
  compile(tools: Tools): Compiled
  /** For the compiler alone: what the query takes and gives. */
  readonly types?: { values: Values; row: Row }
}

/** Kysely is handed in, so that a thread which executes queries compiled elsewhere need not load it (45 ms). */
export interface Tools {
  db: Kysely<Schema>
  sql: Sql
}

/** Plain data: it crosses threads. The parameters stand in the order of their places in the text. */
export interface Compiled {
  sql: string
  parameters: readonly Parameter[]
}

export type Parameter = { name: string } | { value: unknown }

/** What a query is built from; `p` names a value that is given at execution. */
export interface Build<Values> extends Tools {
  p: <Name extends keyof Values & string>(name: Name) => Values[Name]
}

/** The seam between the nouns and a database: executes prepared queries on one connection. */
export interface Connection {
  find<Values extends object, Row>(query: Prepared<Values, Row>, values: Values): Promise<Row | undefined>
  list<Values extends object, Row>(query: Prepared<Values, Row>, values: Values): Promise<Row[]>
  /** Gives the number of rows that were changed. */
  run<Values extends object>(query: Prepared<Values, unknown>, values: Values): Promise<number>
}

export function prepare<Values extends object, Row>(
  build: (tools: Build<Values>) => Compilable<Row>,
): Prepared<Values, Row> {
  return {
    compile(tools) {
      const { sql, parameters } = build({ ...tools, p: createToken as Build<Values>["p"] }).compile()
      return { sql, parameters: parameters.map((value) => (value instanceof Token ? { name: value.name } : { value })) }
    },
  }
}

class Token {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

// Kysely passes values through untouched: a token in the place of a value comes out among the compiled parameters.
function createToken(name: string): unknown {
  return new Token(name)
}
