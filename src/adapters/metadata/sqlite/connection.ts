import type { Database, SQLQueryBindings, Statement } from "bun:sqlite"
import type { Compiled, Connection, Parameter, Prepared } from "../prepared.ts"
import { statements, type CompiledStatements } from "../statements.ts"

interface Executable {
  statement: Statement<unknown, SQLQueryBindings[]>
  bind: (values: object) => SQLQueryBindings[]
}

const places = new Map<object, number>(statements.map((query, place) => [query, place]))

/** Executes queries on the database, each within the call; it is prepared at its first use. Errors are SQLite's own. */
export function createConnection(database: Database, compiled: CompiledStatements): Connection {
  const executables = new Map<object, Executable>()

  function get<Values extends object, Row>(query: Prepared<Values, Row>): Executable {
    const known = executables.get(query)
    if (known !== undefined) return known
    const source = compiled[places.get(query) ?? -1]
    if (source === undefined) throw new Error("a query is executed that statements.ts does not list")
    const executable = createExecutable(database, source)
    executables.set(query, executable)
    return executable
  }

  return {
    async find<Values extends object, Row>(query: Prepared<Values, Row>, values: Values) {
      const { statement, bind } = get(query)
      return (statement.get(...bind(values)) ?? undefined) as Row | undefined
    },
    async list<Values extends object, Row>(query: Prepared<Values, Row>, values: Values) {
      const { statement, bind } = get(query)
      return statement.all(...bind(values)) as Row[]
    },
    async run(query, values) {
      const { statement, bind } = get(query)
      return statement.run(...bind(values)).changes
    },
  }
}

function createExecutable(database: Database, { sql, parameters }: Compiled): Executable {
  return {
    statement: database.prepare<unknown, SQLQueryBindings[]>(sql),
    bind: (values) => parameters.map((parameter) => valueOf(parameter, values)),
  }
}

function valueOf(parameter: Parameter, values: object): SQLQueryBindings {
  const value: unknown = "name" in parameter ? Reflect.get(values, parameter.name) : parameter.value
  return value as SQLQueryBindings
}
