import { expectStatus, type Request } from "../client.ts"
import type { Change } from "../repository.ts"
import { change, type Turn } from "../turn.ts"

export type Deletion = Extract<Change, { kind: "delete-tag" | "delete-manifest" | "delete-blob" }>

export async function deleteTag(turn: Turn): Promise<void> {
  const tag = turn.random.pick([...turn.repository.tags.keys()])
  if (tag !== undefined) await remove(turn, { kind: "delete-tag", tag })
}

/** All its tags go with it; what names it stays. */
export async function deleteManifest(turn: Turn): Promise<void> {
  const digest = turn.random.pick([...turn.repository.manifests])
  if (digest !== undefined) await remove(turn, { kind: "delete-manifest", digest })
}

/** Here alone: other repositories keep theirs, and manifests that name it stay. */
export async function deleteBlob(turn: Turn): Promise<void> {
  const digest = turn.random.pick([...turn.repository.blobs])
  if (digest !== undefined) await remove(turn, { kind: "delete-blob", digest })
}

export async function remove(turn: Turn, what: Deletion): Promise<void> {
  await change(turn, what, removal(turn.repository.name, what))
}

/** The change was made already: it is not made again. */
export async function removeAgain({ client, repository }: Turn, what: Deletion): Promise<void> {
  await expectStatus(client, removal(repository.name, what), [404])
}

export async function deleteAbsent(turn: Turn): Promise<void> {
  const place = turn.random.pick([...turn.repository.absent.values()])
  if (place === undefined || place.kind === "referrer") return
  const folder = place.kind === "blob" ? "blobs" : "manifests"
  const request = { method: "DELETE", path: `/v2/${turn.repository.name}/${folder}/${place.id}` }
  await expectStatus(turn.client, request, [404])
}

function removal(repository: string, what: Deletion): Request {
  const place = what.kind === "delete-tag" ? what.tag : what.digest
  return { method: "DELETE", path: `/v2/${repository}/${what.kind === "delete-blob" ? "blobs" : "manifests"}/${place}` }
}
