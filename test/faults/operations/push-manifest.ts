import { expectStatus, wrongAnswer } from "../client.ts"
import { digestOf } from "../content.ts"
import type { Random } from "../random.ts"
import type { Change, PushedManifest } from "../repository.ts"
import { change, type Turn } from "../turn.ts"
import { newImage, newIndex } from "./manifests.ts"
import { pushBlob } from "./push-blob.ts"

const TAGS = ["latest", "1", "1.0", "1.0.0", "edge", "main", "_", "v2-rc.1"]

export async function pushImage(turn: Turn): Promise<void> {
  const blobs = await someBlobs(turn)
  await pushManifest(turn, newImage(turn, blobs), randomTags(turn.random))
}

export async function pushIndex(turn: Turn): Promise<void> {
  const children = [...turn.repository.manifests].filter(() => turn.random.chance(0.3)).slice(0, 4)
  await pushManifest(turn, newIndex(turn, children), randomTags(turn.random))
}

/** The subject may be anything: there, deleted, or never pushed. */
export async function pushReferrer(turn: Turn): Promise<void> {
  const { random, repository } = turn
  const subject = random.chance(0.2)
    ? digestOf(String(random.below(2 ** 32)))
    : random.pick([...repository.pushed.keys()])
  if (subject === undefined) return
  await pushManifest(turn, newImage(turn, await someBlobs(turn), subject), [])
}

/** A tag that was there moves, or a new one is set; a manifest that was deleted comes back where nothing of it is missing. */
export async function moveTag(turn: Turn): Promise<void> {
  const { random, repository } = turn
  const manifest = random.pick([...repository.pushed.values()])
  const tag = random.pick(TAGS)
  if (manifest === undefined || tag === undefined) return
  const isComplete =
    manifest.blobs.every((digest) => repository.blobs.has(digest)) &&
    manifest.children.every((digest) => repository.manifests.has(digest))
  if (isComplete) await pushManifest(turn, manifest, [tag])
}

/** A manifest that names a blob which is not in the repository: it is refused, and leaves neither itself nor its tag. */
export async function pushIncompleteImage(turn: Turn): Promise<void> {
  const { client, oracle, random, repository } = turn
  const manifest = newImage(turn, [...(await someBlobs(turn)), digestOf(String(random.below(2 ** 32)))])
  const digest = digestOf(manifest.text)
  oracle.record({ at: "absent", repository: repository.name, kind: "manifest", digest })
  const reference = random.pick([digest, ...TAGS]) ?? digest
  const headers = { "Content-Type": manifest.mediaType }
  const path = `/v2/${repository.name}/manifests/${reference}`
  await expectStatus(client, { method: "PUT", path, headers, body: manifest.text }, [400, 404])
}

async function pushManifest(turn: Turn, manifest: PushedManifest, tags: string[]): Promise<void> {
  const algorithm = turn.random.chance(0.1) && tags.length !== 1 ? "sha512" : "sha256"
  const digest = digestOf(manifest.text, algorithm)
  await putManifest(turn, { kind: "put-manifest", digest, manifest, tags })
}

/** By one tag, by digest, or by digest with tags in the query (distribution-spec, end-7b). */
export async function putManifest(turn: Turn, what: Change & { kind: "put-manifest" }): Promise<void> {
  const { digest, manifest, tags } = what
  const query = tags.map((tag, at) => `${at === 0 ? "?" : "&"}tag=${tag}`).join("")
  const reference = tags.length === 1 ? tags.join("") : `${digest}${query}`
  const request = {
    method: "PUT",
    path: `/v2/${turn.repository.name}/manifests/${reference}`,
    headers: { "Content-Type": manifest.mediaType },
    body: manifest.text,
  }
  const reply = await change(turn, what, request)
  const stated = reply.headers.get("Docker-Content-Digest")
  if (stated !== digest) throw wrongAnswer(request, `Docker-Content-Digest ${digest}`, String(stated))
  const subject = reply.headers.get("OCI-Subject") ?? undefined
  if (subject !== manifest.subject) throw wrongAnswer(request, `OCI-Subject ${manifest.subject}`, String(subject))
}

function randomTags(random: Random): string[] {
  return random.chance(0.2) ? [] : TAGS.filter(() => random.chance(0.15))
}

/** Blobs of the repository, the first for the configuration; where there are none yet, one is pushed first. */
async function someBlobs(turn: Turn): Promise<string[]> {
  if (turn.repository.blobs.size === 0) await pushBlob(turn)
  const blobs = [...turn.repository.blobs]
  const count = turn.random.between(1, 4)
  return Array.from({ length: count }, () => turn.random.pick(blobs) ?? "")
}
