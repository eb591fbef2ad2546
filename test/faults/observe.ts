import { expectStatus, wrongAnswer, type Client } from "./client.ts"
import { algorithmOf, contentBytes, digestOf, isSame } from "./content.ts"
import type { Place } from "./places.ts"
import type { Repository } from "./repository.ts"

/**
 * What is at the place now: a digest whose bytes were fetched whole and are right, or `undefined` when nothing is found.
 * Throws WrongAnswerError when it is neither.
 */
export async function observe(client: Client, repository: Repository, place: Place): Promise<string | undefined> {
  if (place.kind === "blob") return observeBlob(client, repository, place.id)
  if (place.kind === "referrer") return observeReferrer(client, repository, place.id)
  return observeManifest(client, repository, place.id)
}

async function observeBlob(client: Client, repository: Repository, digest: string): Promise<string | undefined> {
  const request = { method: "GET", path: `/v2/${repository.name}/blobs/${digest}` }
  const reply = await expectStatus(client, request, [200, 404])
  if (reply.status === 404) return undefined
  const content = repository.contents.get(digest)
  const isRight =
    content === undefined
      ? digestOf(reply.body, algorithmOf(digest)) === digest
      : isSame(reply.body, contentBytes(content))
  if (!isRight) throw wrongAnswer(request, `${content?.sizeBytes} known bytes`, `${reply.body.length} other bytes`)
  return digest
}

/** `reference`: a digest or a tag. */
async function observeManifest(client: Client, repository: Repository, reference: string): Promise<string | undefined> {
  const request = { method: "GET", path: `/v2/${repository.name}/manifests/${reference}` }
  const reply = await expectStatus(client, request, [200, 404])
  if (reply.status === 404) return undefined
  const digest = reply.headers.get("Docker-Content-Digest") ?? "none"
  const type = reply.headers.get("Content-Type")
  const manifest = repository.pushed.get(digest)
  const isRight =
    manifest === undefined
      ? digestOf(reply.body, algorithmOf(digest)) === digest
      : isSame(reply.body, new TextEncoder().encode(manifest.text)) && type === manifest.mediaType
  const isAskedFor = !reference.includes(":") || reference === digest
  if (!isRight || !isAskedFor) {
    throw wrongAnswer(request, "the bytes and type that were pushed", `${digest}, ${type}, ${reply.body.length} bytes`)
  }
  return digest
}

/** `id`: `<subject> <digest>`. */
async function observeReferrer(client: Client, repository: Repository, id: string): Promise<string | undefined> {
  const [subject = "", digest = ""] = id.split(" ")
  return (await listReferrers(client, repository.name, subject)).find((one) => one === digest)
}

export async function listReferrers(client: Client, repository: string, subject: string): Promise<string[]> {
  const request = { method: "GET", path: `/v2/${repository}/referrers/${subject}` }
  const reply = await expectStatus(client, request, [200])
  const index = JSON.parse(new TextDecoder().decode(reply.body)) as { manifests: { digest: string }[] }
  return index.manifests.map(({ digest }) => digest)
}
