import { join } from "node:path"
import { startBerth } from "../support/berth.ts"
import { bundleProgram } from "../support/bundle.ts"
import { findFreePort } from "../support/free-port.ts"

/** A server that can be killed and started again on what it left. */
export interface Victim {
  url: string
  /** The data directory. */
  root: string
  /** Ends it as a crash would; repeating it is no error. */
  kill(): Promise<void>
  /** Ends it as an operator would; gives the exit code. */
  stop(): Promise<number>
  /** What it printed. */
  output(): string
}

/** `config`: sections laid over the usual ones. */
export type Start = (config?: Record<string, unknown>) => Promise<Victim>

/** Gives what starts the server, each time on the same port and the same data below the directory. */
export async function createStart(directory: string): Promise<Start> {
  const port = await findFreePort()
  const root = join(directory, "data")
  const program = await bundleProgram(join(directory, "code"))
  // Who reads what a failure printed wants no line for each of a thousand requests before it.
  const config = { log: { level: "warn", accesslog: { disabled: true } } }
  return async (more) => {
    const berth = await startBerth({ root, port, config: { ...config, ...more }, program })
    return {
      ...berth,
      kill: async () => {
        await berth.kill()
        // Only its configuration is cleared away: the data stays.
        await berth.stop()
      },
    }
  }
}
