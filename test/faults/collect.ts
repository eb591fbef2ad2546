import { Database } from "bun:sqlite"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { WrongAnswerError } from "./client.ts"
import { digestOf } from "./content.ts"
import { newImage } from "./operations/manifests.ts"
import { putManifest } from "./operations/push-manifest.ts"
import type { Oracle } from "./oracle.ts"
import type { Repository } from "./repository.ts"
import type { Turn } from "./turn.ts"

/** Collects as fast as it can: nothing that no manifest names stays. */
export const COLLECTING = { gc: { grace: "100ms", sweepdelay: "50ms", interval: "50ms" } }

/**
 * What was told under a longer grace period stays for as long as that said: a server that is to collect at once must not know
 * of it. No server may run there.
 */
export function forgetGrace(root: string): void {
  const path = join(root, "berth", "metadata.db")
  if (!existsSync(path)) return
  using database = new Database(path, { readwrite: true })
  database.run("DELETE FROM gc_grace")
}

/** Names each blob that must stay in a manifest: what nobody named would be garbage once no grace protects it. */
export async function keepEverything(turn: (repository: Repository) => Turn, oracle: Oracle): Promise<void> {
  for (const repository of oracle.repositories.values()) {
    const { manifests, pushed, blobs } = repository
    const named = new Set([...manifests].flatMap((digest) => pushed.get(digest)?.blobs ?? []))
    const unnamed = [...blobs].filter((digest) => !named.has(digest))
    if (unnamed.length === 0) continue
    const manifest = newImage(turn(repository), unnamed)
    await putManifest(turn(repository), { kind: "put-manifest", digest: digestOf(manifest.text), manifest, tags: [] })
  }
}

/** Waits until nothing is left that nothing needs: a collection without grace has to come to that (T0, e). */
export async function expectNoGarbage(root: string): Promise<void> {
  for (const giveUpAt = Date.now() + LONGEST_MS; countGarbage(root) > 0; await Bun.sleep(20)) {
    if (Date.now() > giveUpAt) throw new WrongAnswerError(`${countGarbage(root)} pieces of garbage stay`)
  }
}

const LONGEST_MS = 30_000

/** Blobs that no manifest of any repository names, and links to them. */
export function countGarbage(root: string): number {
  using database = new Database(join(root, "berth", "metadata.db"), { readonly: true })
  const unnamed = "NOT EXISTS (SELECT 1 FROM reference WHERE reference.digest = each.digest"
  const count = (query: string) => database.query<{ count: number }, []>(query).get()?.count ?? 0
  return (
    count(`SELECT count(*) AS count FROM blob AS each WHERE ${unnamed})`) +
    count(`SELECT count(*) AS count FROM link AS each WHERE ${unnamed} AND reference.repository = each.repository)`)
  )
}
