import { expectStatus, wrongAnswer, WrongAnswerError, type Client } from "./client.ts"
import { listReferrers, observe } from "./observe.ts"
import type { Place } from "./places.ts"
import type { Repository } from "./repository.ts"

/**
 * Compares all that the repository must hold, and must not hold, with what is served. Gives how many objects were fetched
 * and compared. Throws WrongAnswerError at the first difference.
 */
export async function verifyRepository(client: Client, repository: Repository): Promise<number> {
  const due = listDue(repository)
  await Promise.all(due.map((one) => verifyPlace(client, repository, one)))
  await verifyTags(client, repository)
  await verifyReferrers(client, repository)
  await verifyReferences(client, repository)
  return due.length
}

/** A place with the digest that must be found there, or `undefined` where nothing may be found. */
export interface Due {
  place: Place
  digest: string | undefined
}

export function listDue({ blobs, manifests, tags, absent }: Repository): Due[] {
  return [
    ...[...blobs].map((id): Due => ({ place: { kind: "blob", id }, digest: id })),
    ...[...manifests].map((id): Due => ({ place: { kind: "manifest", id }, digest: id })),
    ...[...tags].map(([id, digest]): Due => ({ place: { kind: "tag", id }, digest })),
    ...[...absent.values()].map((place): Due => ({ place, digest: undefined })),
  ]
}

export async function verifyPlace(client: Client, repository: Repository, { place, digest }: Due): Promise<void> {
  const got = await observe(client, repository, place)
  if (got === digest) return
  throw new WrongAnswerError(`${place.kind} ${place.id} of ${repository.name}: due was ${digest}, got ${got}`)
}

/** Every tag is listed, in byte order, and nothing else is. */
export async function verifyTags(client: Client, { name, tags }: Repository): Promise<void> {
  const request = { method: "GET", path: `/v2/${name}/tags/list` }
  // A repository in which nothing was ever kept may be unknown.
  const reply = await expectStatus(client, request, tags.size === 0 ? [200, 404] : [200])
  const listed =
    reply.status === 404 ? [] : (JSON.parse(new TextDecoder().decode(reply.body)) as { tags: string[] }).tags
  const due = [...tags.keys()].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
  if (listed.join() !== due.join()) throw wrongAnswer(request, `tags ${due.join()}`, listed.join())
}

async function verifyReferrers(client: Client, { name, manifests, pushed }: Repository): Promise<void> {
  const bySubject = new Map<string, string[]>()
  for (const [digest, { subject }] of pushed) {
    if (subject === undefined) continue
    const known = bySubject.get(subject) ?? []
    bySubject.set(subject, manifests.has(digest) ? [...known, digest] : known)
  }
  for (const [subject, due] of bySubject) {
    const got = await listReferrers(client, name, subject)
    if (got.toSorted().join() === due.toSorted().join()) continue
    throw new WrongAnswerError(`referrers of ${subject} in ${name}: due were ${due.join()}, got ${got.join()}`)
  }
}

/** What a manifest names is there, save what was deleted on request. */
async function verifyReferences(client: Client, { name, blobs, manifests, pushed }: Repository): Promise<void> {
  const named = [...manifests].map((digest) => pushed.get(digest)).filter((manifest) => manifest !== undefined)
  const paths = new Map<string, number>()
  for (const manifest of named) {
    for (const digest of manifest.blobs) paths.set(`/v2/${name}/blobs/${digest}`, blobs.has(digest) ? 200 : 404)
    for (const digest of manifest.children) {
      paths.set(`/v2/${name}/manifests/${digest}`, manifests.has(digest) ? 200 : 404)
    }
  }
  await Promise.all([...paths].map(([path, status]) => expectStatus(client, { method: "HEAD", path }, [status])))
}

/** Exactly the repositories that hold a manifest are listed, in byte order, over as many pages as it takes. */
export async function verifyCatalog(client: Client, repositories: Iterable<Repository>): Promise<void> {
  const due = [...repositories].filter(({ manifests }) => manifests.size > 0).map(({ name }) => name)
  const got: string[] = []
  let path: string | undefined = "/v2/_catalog?n=7"
  while (path !== undefined) {
    const reply = await expectStatus(client, { method: "GET", path }, [200])
    got.push(...(JSON.parse(new TextDecoder().decode(reply.body)) as { repositories: string[] }).repositories)
    path = /<([^>]+)>; *rel="next"/.exec(reply.headers.get("Link") ?? "")?.[1]
  }
  if (got.join() !== due.toSorted().join())
    throw new WrongAnswerError(`catalog: due was ${due.toSorted().join()}, got ${got.join()}`)
}
