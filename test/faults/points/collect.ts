import { existsSync } from "node:fs"
import { join } from "node:path"
import { expectStatus, type Client } from "../client.ts"
import { COLLECTING, countGarbage, keepEverything } from "../collect.ts"
import { digestOf } from "../content.ts"
import type { Oracle } from "../oracle.ts"
import type { Life } from "./stage.ts"
import type { Step } from "./steps.ts"

/** Garbage of every kind: its bytes go, and what the ledger says stays, which is compared after a kill. */
export function createCollection(root: string, oracle: Oracle): Step {
  let garbage: string[] = []
  return {
    name: "a collection of garbage",
    isSlow: true,
    config: COLLECTING,
    prepare: async (life) => {
      await keepEverything(({ name }) => life.turn(name), oracle)
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

/** Layers of one image that are got elsewhere: letting go of so many takes the collector several steps. */
const ELSEWHERE = 1200

async function leaveGarbage({ client, turn }: Life): Promise<string[]> {
  const { random } = turn()
  const seed = random.below(2 ** 31)
  const contents = Array.from({ length: 3 }, (_, index) => `garbage ${seed + index}`)
  const digests: string[] = []
  for (const body of contents) digests.push(await pushBlob(client, body))
  const [config = "", layer = ""] = digests
  const describe = (digest: string) => ({ mediaType: "application/octet-stream", digest, size: contents[0]?.length })
  const mediaType = "application/vnd.oci.image.manifest.v1+json"
  const elsewhere = Array.from({ length: ELSEWHERE }, (_, index) => ({
    ...describe(digestOf(`elsewhere ${seed} ${index}`)),
    mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar",
  }))
  const layers = [describe(layer), ...elsewhere]
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config: describe(config), layers })
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
