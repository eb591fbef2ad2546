import { join } from "node:path"
import { LostReplyError, type Client } from "./client.ts"

interface Command {
  method: string
  headers?: Record<string, string>
  body?: string
}

/** A server listens to its commands a moment after it answers its clients. */
const LONGEST_MS = 30_000
const RETRIED_MS = 20

/** Asks as commands do, over the socket of the data directory. */
export async function askCommand(root: string, path: string, command: Command): Promise<Response> {
  const unix = join(root, "berth", "control.sock")
  for (const giveUpAt = Date.now() + LONGEST_MS; ; await Bun.sleep(RETRIED_MS)) {
    try {
      return await fetch(`http://localhost${path}`, { unix, ...command })
    } catch (error) {
      if (!isRefused(error) || Date.now() > giveUpAt) throw error
    }
  }
}

/** Sends what commands ask for as they do, and all else as before. */
export function withCommands(client: Client, root: string): Client {
  return {
    send: async (request) => {
      const { method, path, headers = {}, body } = request
      if (!path.startsWith("/api/")) return client.send(request)
      try {
        const answer = await askCommand(root, path, { method, headers, ...(typeof body === "string" && { body }) })
        return { status: answer.status, headers: answer.headers, body: new Uint8Array(await answer.arrayBuffer()) }
      } catch (error) {
        throw new LostReplyError(`${method} ${path}: ${String(error)}`, { cause: error })
      }
    },
  }
}

/** Nobody listens, so nothing was done. */
function isRefused(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    /ConnectionRefused|ECONNREFUSED|FailedToOpenSocket|ENOENT/.test(String(error.code))
  )
}
