import type { Connection } from "../prepared.ts"
import { translateError } from "./errors.ts"

/** A connection whose errors are in the registry's words. It waits for as long as `busy` gives a promise. */
export function createReader(connection: Connection, busy?: () => Promise<unknown> | undefined): Connection {
  async function read<T>(execute: () => Promise<T>): Promise<T> {
    for (let wait = busy?.(); wait !== undefined; wait = busy?.()) await wait
    try {
      return await execute()
    } catch (error) {
      throw translateError(error)
    }
  }

  return {
    find: (query, values) => read(() => connection.find(query, values)),
    list: (query, values) => read(() => connection.list(query, values)),
    run: (query, values) => read(() => connection.run(query, values)),
  }
}
