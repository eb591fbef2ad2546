import { expectStatus } from "../client.ts"
import { contentBytes, digestOf, type Content } from "../content.ts"
import type { Random } from "../random.ts"
import type { Turn } from "../turn.ts"
import { openUpload, randomWay, upload, withDigest } from "./upload.ts"

export async function pushBlob(turn: Turn): Promise<void> {
  const content = newContent(turn.random)
  const digest = digestOf(contentBytes(content), turn.random.chance(0.1) ? "sha512" : "sha256")
  await upload(turn, digest, content, randomWay(turn.random))
}

/** One that was pushed before: it is there still, or was deleted on request and comes back. */
export async function pushBlobAgain(turn: Turn): Promise<void> {
  const [digest, content] = turn.random.pick([...turn.repository.contents]) ?? []
  if (digest === undefined || content === undefined) return
  await upload(turn, digest, content, randomWay(turn.random))
}

/** The digest of other bytes: the push is refused, and nothing is to be found under it. */
export async function pushWrongDigest(turn: Turn): Promise<void> {
  const { client, oracle, random, repository } = turn
  const body = contentBytes({ seed: random.below(2 ** 32), sizeBytes: random.between(1, 4096) })
  const digest = digestOf(`not these bytes but ${random.below(2 ** 32)}`)
  oracle.record({ at: "absent", repository: repository.name, kind: "blob", digest })
  const location = await openUpload(turn)
  await expectStatus(client, { method: "PUT", path: withDigest(location, digest), body }, [400])
}

/** An upload that its client gives up, with or without saying so. */
export async function abandonUpload(turn: Turn): Promise<void> {
  const { client, random } = turn
  const location = await openUpload(turn)
  const body = contentBytes({ seed: random.below(2 ** 32), sizeBytes: random.between(1, 65_536) })
  const sent = await expectStatus(client, { method: "PATCH", path: location, body }, [202])
  const latest = sent.headers.get("Location") ?? location
  if (random.chance(0.5)) await expectStatus(client, { method: "DELETE", path: latest }, [204])
}

function newContent(random: Random): Content {
  // Some contents are the same for every worker: the registry keeps them once, and many push them at the same time, also
  // over a copy that others are reading.
  if (random.chance(0.25)) {
    const seed = random.below(12)
    return { seed, sizeBytes: seed ** 2 * 2000 }
  }
  // Mostly small, so that much happens between two kills; some large enough to be killed in the middle.
  return { seed: random.below(2 ** 32), sizeBytes: random.between(1, random.chance(0.1) ? 1_000_000 : 8192) }
}
