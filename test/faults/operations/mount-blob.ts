import { expectStatus, wrongAnswer } from "../client.ts"
import type { Repository } from "../repository.ts"
import { change, type Operation, type Turn } from "../turn.ts"

/** Where every worker may mount from: nobody changes it after it was filled. */
export const SHARED = "common/base"

/** From a repository that holds the blob for good: the mount must be done. */
export async function mountShared(turn: Turn): Promise<void> {
  const [digest, content] = turn.random.pick([...turn.oracle.get(SHARED).contents]) ?? []
  if (digest === undefined || content === undefined) return
  const path = mountPath(turn.repository, digest, SHARED)
  await change(turn, { kind: "put-blob", digest, content }, { method: "POST", path })
}

/** From a repository that another worker is changing: a mount that is done must last, and one that is not leaves nothing. */
export const mountNeighbour: Operation = async (turn) => {
  const { client, oracle, random, repository } = turn
  const others = [...oracle.repositories.values()].filter(({ name }) => name !== repository.name && name !== SHARED)
  const from = random.pick(others)
  const [digest, content] = random.pick([...(from?.contents ?? [])]) ?? []
  if (from === undefined || digest === undefined || content === undefined) return
  const request = { method: "POST", path: mountPath(repository, digest, from.name) }
  oracle.record({ at: "intent", repository: repository.name, change: { kind: "put-blob", digest, content } })
  const reply = await client.send(request)
  if (reply.status !== 201 && reply.status !== 202) throw wrongAnswer(request, "201 or 202", String(reply.status))
  oracle.record({ at: reply.status === 201 ? "ack" : "refusal", repository: repository.name })
}

/** What no repository has: an upload begins instead, and nothing is to be found. */
export async function mountMissing(turn: Turn): Promise<void> {
  const { client, oracle, random, repository } = turn
  const digest = `sha256:${String(random.below(2 ** 32)).padStart(64, "0")}`
  oracle.record({ at: "absent", repository: repository.name, kind: "blob", digest })
  await expectStatus(client, { method: "POST", path: mountPath(repository, digest, SHARED) }, [202])
}

function mountPath({ name }: Repository, digest: string, from: string): string {
  return `/v2/${name}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`
}
