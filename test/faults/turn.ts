import { wrongAnswer, type Client, type Reply, type Request } from "./client.ts"
import type { Oracle } from "./oracle.ts"
import type { Random } from "./random.ts"
import type { Change, Repository } from "./repository.ts"

/** What an operation works with: one repository, which nobody else changes. */
export interface Turn {
  client: Client
  oracle: Oracle
  repository: Repository
  random: Random
  /** How time passes between the parts of a body; in a simulation it does not. */
  sleep?: (ms: number) => Promise<void>
}

/**
 * Does one thing to the turn's repository, or nothing where the repository has nothing to do it to. Rejects with
 * LostReplyError when the server went away, and with WrongAnswerError when it did not keep a promise.
 */
export type Operation = (turn: Turn) => Promise<void>

/** Sends the request that makes the change, between its intent and its outcome on the ledger. */
export async function change(turn: Turn, what: Change, request: Request): Promise<Reply> {
  const { oracle, repository } = turn
  oracle.record({ at: "intent", repository: repository.name, change: what })
  const reply = await turn.client.send(request)
  const due = what.kind.startsWith("put-") ? 201 : what.kind.startsWith("restore-") ? 200 : 202
  if (reply.status === due) {
    oracle.record({ at: "ack", repository: repository.name })
    return reply
  }
  // A server that fails may have done it all the same: only a refusal is a promise that nothing happened.
  if (reply.status < 500) oracle.record({ at: "refusal", repository: repository.name })
  throw wrongAnswer(request, String(due), `${reply.status} ${new TextDecoder().decode(reply.body.subarray(0, 500))}`)
}
