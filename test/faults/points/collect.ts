import { Database } from "bun:sqlite"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { expectStatus, WrongAnswerError, type Client } from "../client.ts"
import { digestOf } from "../content.ts"
import { newImage } from "../operations/manifests.ts"
import { putManifest } from "../operations/push-manifest.ts"
import type { Oracle } from "../oracle.ts"
import type { Life } from "./stage.ts"
import type { Step } from "./steps.ts"

/** Collects as fast as it can: nothing that no manifest names stays. */
export const COLLECTING = { gc: { grace: "100ms", sweepdelay: "50ms", interval: "50ms" } }

/** Names each blob that must stay in a manifest: what nobody named would be garbage once no grace protects it. */
export async function keepEverything({ turn }: Life, oracle: Oracle): Promise<void> {
  for (const { name } of oracle.repositories.values()) {
    const { repository, ...rest } = turn(name)
    const named = new Set([...repository.manifests].flatMap((digest) => repository.pushed.get(digest)?.blobs ?? []))
    const unnamed = [...repository.blobs].filter((digest) => !named.has(digest))
    if (unnamed.length === 0) continue
    const manifest = newImage({ repository, ...rest }, unnamed)
    const what = { kind: "put-manifest", digest: digestOf(manifest.text), manifest } as const
    await putManifest({ repository, ...rest }, { ...what, tags: [] })
  }
}

/** Garbage of every kind: its bytes go, and what the ledger says stays, which is compared after a kill. */
export function createCollection(root: string, oracle: Oracle): Step {
  let garbage: string[] = []
  return {
    name: "a collection of garbage",
    isSlow: true,
    config: COLLECTING,
    prepare: async (life) => {
      await keepEverything(life, oracle)
      garbage = await leaveGarbage(life)
    },
    run: async (life) => {
      const isStored = (digest: string) => existsSync(blobFile(root, digest))
      await life.waitUntil("the collection", () => !garbage.some(isStored) && countGarbage(root) === 0)
      const { client } = life
      for (const digest of garbage) {
        await expectStatus(client, { method: "GET", path: `/v2/garbage/one/blobs/${digest}` }, [404])
      }
    },
  }
}

async function leaveGarbage({ client, turn }: Life): Promise<string[]> {
  const { random } = turn()
  const contents = Array.from({ length: 3 }, () => `garbage ${random.below(2 ** 32)}`)
  const digests: string[] = []
  for (const body of contents) digests.push(await pushBlob(client, body))
  const [config = "", layer = ""] = digests
  const describe = (digest: string) => ({ mediaType: "application/octet-stream", digest, size: contents[0]?.length })
  const mediaType = "application/vnd.oci.image.manifest.v1+json"
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config: describe(config), layers: [describe(layer)] })
  const path = "/v2/garbage/one/manifests/"
  await expectStatus(
    client,
    { method: "PUT", path: `${path}latest`, headers: { "Content-Type": mediaType }, body },
    [201],
  )
  await expectStatus(client, { method: "DELETE", path: path + digestOf(body) }, [202])
  return digests
}

async function pushBlob(client: Client, body: string): Promise<string> {
  const digest = digestOf(body)
  await expectStatus(client, { method: "POST", path: `/v2/garbage/one/blobs/uploads/?digest=${digest}`, body }, [201])
  return digest
}

function blobFile(root: string, digest: string): string {
  const hex = digest.slice("sha256:".length)
  return join(root, "docker", "registry", "v2", "blobs", "sha256", hex.slice(0, 2), hex, "data")
}

/** Blobs that no manifest of any repository names, and links to them. */
function countGarbage(root: string): number {
  using database = new Database(join(root, "berth", "metadata.db"), { readonly: true })
  const unnamed = "NOT EXISTS (SELECT 1 FROM reference WHERE reference.digest = each.digest"
  const count = (query: string) => database.query<{ count: number }, []>(query).get()?.count ?? 0
  return (
    count(`SELECT count(*) AS count FROM blob AS each WHERE ${unnamed})`) +
    count(`SELECT count(*) AS count FROM link AS each WHERE ${unnamed} AND reference.repository = each.repository)`)
  )
}

/** T0 (e): after a collection without grace nothing is left that nothing needs. */
export async function expectNoGarbage({ waitUntil }: Life, root: string): Promise<void> {
  await waitUntil("the end of all garbage", () => countGarbage(root) === 0).catch((error: unknown) => {
    throw new WrongAnswerError(`${countGarbage(root)} pieces of garbage stay: ${String(error)}`)
  })
}
