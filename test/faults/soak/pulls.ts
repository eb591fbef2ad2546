import { expectStatus, WrongAnswerError } from "../client.ts"
import { observe } from "../observe.ts"
import type { Turn } from "../turn.ts"
import { verifyTags } from "../verify.ts"
import { look, type Held } from "./held.ts"

/** A manifest by tag or digest, and every blob and child of it, each compared with what was pushed. */
export async function pullWhole(held: Held, turn: Turn): Promise<void> {
  const { client, random, repository } = turn
  const named = random.chance(0.5) ? [...repository.tags.values()] : [...repository.manifests]
  const digest = random.pick(named)
  const manifest = repository.pushed.get(digest ?? "")
  if (digest === undefined || manifest === undefined) return
  if ((await observe(client, repository, { kind: "manifest", id: digest })) === undefined) throw missing(turn, digest)
  for (const child of manifest.children) {
    const got = await observe(client, repository, { kind: "manifest", id: child })
    if (repository.manifests.has(child) !== (got !== undefined)) throw missing(turn, child)
  }
  for (const blob of manifest.blobs) {
    const got = await observe(client, repository, { kind: "blob", id: blob })
    // One that was deleted on request is not there, and nothing else is missing.
    if (held.isHeld(repository, blob) !== (got !== undefined)) throw missing(turn, blob)
  }
}

/** What a client asks before it pushes: whether it may skip the uploads. */
export async function askForBlobs(held: Held, turn: Turn): Promise<void> {
  const digests = [...turn.repository.blobs]
  for (let left = 5; left > 0; left--) await look(held, turn, turn.random.pick(digests) ?? "")
}

export async function list({ client, repository, random }: Turn): Promise<void> {
  if (random.chance(0.5)) return verifyTags(client, repository)
  await expectStatus(client, { method: "GET", path: `/v2/_catalog?n=${random.between(1, 50)}` }, [200])
}

function missing({ repository }: Turn, digest: string): WrongAnswerError {
  return new WrongAnswerError(`${digest} of ${repository.name} is not as it was acknowledged`)
}
