import { LostReplyError, WrongAnswerError, type Client } from "../client.ts"
import type { Repository } from "../repository.ts"
import type { Turn } from "../turn.ts"
import { verifyRepository } from "../verify.ts"

/** Which blobs the registry has to keep while it collects garbage: the ledger does not tell, for it depends on time. */
export interface Held {
  graceMs: number
  /** A client that notes which blobs the answers promise to keep. */
  watch(client: Client): Client
  /** Whether the blob must be found: a manifest names it, or an answer within this time told of it. */
  isHeld(repository: Repository, digest: string, withinMs?: number): boolean
  /** The operator took it all away. */
  forget(repository: Repository): void
  noteCollected(): void
  count(): { requests: number; collected: number }
}

const BLOB = /^\/v2\/(.+)\/blobs\/((?:sha256|sha512):[0-9a-f]+)$/

export function createHeld(graceMs: number): Held {
  const touchedAt = new Map<string, Map<string, number>>()
  let [requests, collected] = [0, 0]
  const touch = (path: string | null, at: number) => {
    const [, name = "", digest = ""] = BLOB.exec(path ?? "") ?? []
    if (digest === "") return
    const known = touchedAt.get(name) ?? new Map<string, number>()
    touchedAt.set(name, known.set(digest, at))
  }
  return {
    graceMs,
    watch: (client) => ({
      send: async (request) => {
        requests++
        // The promise begins with the answer, which is later: this is what a client can be sure of.
        const at = performance.now()
        const reply = await client.send(request)
        // Who waited for the end of a repository's deletion learns nothing of what was asked.
        if (reply.status === 429 && new TextDecoder().decode(reply.body).includes("the server is stopping"))
          throw new LostReplyError(`${request.method} ${request.path}: the server is stopping`)
        if (reply.status === 200) touch(request.path, at)
        if (reply.status === 201) touch(reply.headers.get("Location"), at)
        return reply
      },
    }),
    isHeld: ({ name, blobs, manifests, pushed }, digest, withinMs = graceMs) => {
      if (!blobs.has(digest)) return false
      const at = touchedAt.get(name)?.get(digest)
      if (at !== undefined && performance.now() - at < withinMs) return true
      return [...manifests].some((manifest) => pushed.get(manifest)?.blobs.includes(digest))
    },
    forget: ({ name }) => void touchedAt.delete(name),
    noteCollected: () => void collected++,
    count: () => ({ requests, collected }),
  }
}

/** Asks for the blob as a client does that would skip its upload. What is gone must be one that nothing holds. */
export async function look(held: Held, { client, oracle, repository }: Turn, digest: string): Promise<boolean> {
  if (!repository.blobs.has(digest)) return false
  const path = `/v2/${repository.name}/blobs/${digest}`
  const { status } = await client.send({ method: "HEAD", path })
  if (status === 200) return true
  // Time only takes away: what is held now was held when the server looked.
  if (status !== 404 || held.isHeld(repository, digest)) {
    throw new WrongAnswerError(`HEAD ${path}: due was 200, got ${status}: something holds this blob`)
  }
  oracle.record({ at: "absent", repository: repository.name, kind: "blob", digest })
  held.noteCollected()
  return false
}

/** Compares the turn's repository with what is served, once it is known which of its loose blobs are still there. */
export async function verifyHeld(held: Held, turn: Turn): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const startedAt = performance.now()
    for (const digest of turn.repository.blobs) {
      if (!held.isHeld(turn.repository, digest, held.graceMs / 2)) await look(held, turn, digest)
    }
    try {
      return await verifyRepository(turn.client, turn.repository)
    } catch (error) {
      // On a machine that is slow enough a grace period may have ended meanwhile.
      if (performance.now() - startedAt < held.graceMs / 2 || attempt === 5) throw error
    }
  }
}
