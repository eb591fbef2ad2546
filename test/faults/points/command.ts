import { join } from "node:path"
import { LostReplyError, WrongAnswerError } from "../client.ts"
import type { Life } from "./stage.ts"

interface Job {
  id: string
  state: string
  error?: string
  result?: unknown
}

/** Asks as commands do, over the socket of the data directory. Rejects with LostReplyError when no answer came. */
export async function ask(
  { berth }: Life,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  try {
    const unix = findSocket(berth.root)
    const headers = { "Content-Type": "application/json" }
    const init = { unix, method, ...(body !== undefined && { headers, body: JSON.stringify(body) }) }
    const answer = await fetch(`http://localhost${path}`, init)
    const text = await answer.text()
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) }
  } catch (error) {
    throw new LostReplyError(`${method} ${path}: ${String(error)}`, { cause: error })
  }
}

/**
 * A server answers its clients before it listens to commands, which try again until it does: a step would take that for a
 * lost answer. Rejects when it ends before, or does not listen in half a minute.
 */
export async function waitForCommands(root: string, waitUntil: Life["waitUntil"]): Promise<void> {
  const unix = findSocket(root)
  await waitUntil("the socket for commands", () =>
    // One that a killed server left is refused. Nothing is asked: that would load what the first command is to load.
    Bun.connect({ unix, socket: { data: () => undefined } }).then(
      (socket) => {
        socket.end()
        return true
      },
      () => false,
    ),
  )
}

function findSocket(root: string): string {
  return join(root, "berth", "control.sock")
}

/** Begins a job, waits until it is done, and gives its result. */
export async function runJob(life: Life, method: string, path: string, body?: unknown): Promise<unknown> {
  const begun = await ask(life, method, path, body)
  if (begun.status !== 202)
    throw new WrongAnswerError(`${method} ${path}: ${begun.status} ${JSON.stringify(begun.body)}`)
  let job = begun.body as Job
  await life.waitUntil(`the end of ${path}`, async () => {
    job = (await ask(life, "GET", `/api/v1/jobs/${job.id}`)).body as Job
    return job.state !== "running"
  })
  if (job.state !== "done") throw new WrongAnswerError(`${method} ${path}: ${job.state}, ${job.error}`)
  return job.result
}
