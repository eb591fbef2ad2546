import { join } from "node:path"
import { LostReplyError, WrongAnswerError } from "../client.ts"
import { remove } from "../operations/delete.ts"
import type { Turn } from "../turn.ts"
import { look, type Held } from "./held.ts"

interface Job {
  id: string
  state: string
  error?: string
}

/** Takes all of a repository away as a client can: each manifest by its digest, and some blobs. */
export async function deleteEach(held: Held, turn: Turn): Promise<void> {
  const { random, repository } = turn
  for (const digest of repository.manifests) await remove(turn, { kind: "delete-manifest", digest })
  for (const digest of repository.blobs) {
    if (random.chance(0.3) && (await look(held, turn, digest))) await remove(turn, { kind: "delete-blob", digest })
  }
}

/** Has the operator delete the repository. The job has no entry in the ledger: after a kill it is asked for again. */
export async function deleteRepository(held: Held, { oracle, repository }: Turn, root: string): Promise<void> {
  const path = `/api/v1/repositories/${encodeURIComponent(repository.name)}`
  let started = await ask(root, "DELETE", path)
  // One such job at a time: that of another worker is under way.
  for (; started.status === 409; started = await ask(root, "DELETE", path)) await Bun.sleep(200)
  // Nothing is found where it was empty, or where the job before the kill had done its work.
  if (started.status === 202) await waitForEnd(root, (await started.json()) as Job)
  else if (started.status !== 404) throw new WrongAnswerError(`DELETE ${path}: due was 202, got ${started.status}`)
  held.forget(repository)
  for (const digest of repository.manifests) {
    oracle.record({ at: "intent", repository: repository.name, change: { kind: "delete-manifest", digest } })
    oracle.record({ at: "ack", repository: repository.name })
  }
  // Gone at once for whoever asks this repository, though others may have the same bytes.
  for (const digest of repository.blobs)
    oracle.record({ at: "absent", repository: repository.name, kind: "blob", digest })
}

async function waitForEnd(root: string, started: Job): Promise<void> {
  const path = `/api/v1/jobs/${started.id}`
  for (let job = started; job.state !== "done"; await Bun.sleep(50)) {
    const answer = await ask(root, "GET", path)
    job = (await answer.json()) as Job
    // The server that ran it has been stopped.
    const isStopped = job.state === "failed" && job.error?.startsWith("the server is stopping") === true
    if (answer.status === 404 || job.state === "cancelled" || isStopped)
      throw new LostReplyError(`GET ${path}: ${job.state}`)
    if (job.state === "failed") throw new WrongAnswerError(`GET ${path}: ${job.error}`)
  }
}

async function ask(root: string, method: string, path: string): Promise<Response> {
  try {
    return await fetch(`http://berth${path}`, { method, unix: join(root, "berth", "control.sock") })
  } catch (error) {
    throw new LostReplyError(`${method} ${path}: ${String(error)}`, { cause: error })
  }
}
