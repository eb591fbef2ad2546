import { expectStatus, wrongAnswer, type Client, type Request } from "../client.ts"
import { effectsOf } from "../repository.ts"
import { change, type Turn } from "../turn.ts"
import { isRestorable, type Dropping, type Undoing } from "../undo.ts"

/** To any state that it may have had. */
export async function restoreTag(turn: Turn): Promise<void> {
  const { random, repository } = turn
  const { tags, undoable } = repository
  const digest = pickManifest(turn, [...repository.manifests, ...undoable.manifests.keys()])
  const tag = random.pick([...tags.keys(), ...undoable.taken.map((taken) => taken.tag)])
  if (tag !== undefined && digest !== undefined) await undo(turn, { kind: "restore-tag", tag, digest })
}

export async function restoreManifest(turn: Turn): Promise<void> {
  const digest = pickManifest(turn, [...turn.repository.undoable.manifests.keys()])
  if (digest !== undefined) await undo(turn, { kind: "restore-manifest", digest })
}

/** Of all that it holds, and now and then it comes back at once. */
export async function deleteRepository(turn: Turn): Promise<void> {
  const { blobs, manifests } = turn.repository
  if (blobs.size + manifests.size === 0) return
  await dropRepository(turn)
  if (turn.random.chance(0.5)) await restoreRepository(turn)
}

/** With what was deleted in it before. */
export async function purgeRepository(turn: Turn): Promise<void> {
  const { blobs, manifests } = turn.repository
  if (blobs.size + manifests.size > 0) await dropRepository(turn, { kind: "purge-repository" })
}

export async function restoreRepository(turn: Turn): Promise<void> {
  const what = { kind: "restore-repository" } as const
  if (effectsOf(turn.repository, what).some(({ place }) => place.kind !== "tag")) await undo(turn, what)
}

function pickManifest({ random, repository }: Turn, digests: readonly string[]): string | undefined {
  return random.pick(digests.filter((digest) => isRestorable(repository, digest)))
}

export async function undo(turn: Turn, what: Undoing): Promise<void> {
  await change(turn, what, describeUndo(turn.repository.name, what))
}

/** After a kill: once more, whether it was made or not. */
export async function undoAgain(turn: Turn, what: Undoing, happened: boolean): Promise<void> {
  if (!happened) return undo(turn, what)
  // What is not deleted cannot come back; a tag can be set to what it names.
  const due = { "restore-tag": 200, "restore-manifest": 400, "restore-repository": 400 }[what.kind]
  await expectStatus(turn.client, describeUndo(turn.repository.name, what), [due])
}

export async function dropAgain(turn: Turn, what: Dropping, happened: boolean): Promise<void> {
  if (!happened) return dropRepository(turn, what)
  await expectStatus(turn.client, describeDrop(turn.repository.name, what), [404])
  if (what.kind === "purge-repository") await expectPurged(turn)
}

/** A job, whose end is waited for. */
export async function dropRepository(turn: Turn, what: Dropping = { kind: "delete-repository" }): Promise<void> {
  const { client, oracle } = turn
  const { name } = turn.repository
  oracle.record({ at: "intent", repository: name, change: what })
  const request = describeDrop(name, what)
  const { body } = await expectStatus(client, request, [202])
  const { id } = JSON.parse(new TextDecoder().decode(body)) as { id: string }
  const state = await waitForJob(client, id)
  if (state !== "done") throw wrongAnswer(request, "a job that is done", state)
  oracle.record({ at: "ack", repository: name })
  if (what.kind === "purge-repository") await expectPurged(turn)
}

async function expectPurged({ client, repository: { name } }: Turn): Promise<void> {
  await expectStatus(client, describeUndo(name, { kind: "restore-repository" }), [404])
}

function describeDrop(repository: string, { kind }: Dropping): Request {
  return { method: "DELETE", path: `${pathOf(repository)}${kind === "purge-repository" ? "?purge=true" : ""}` }
}

/** Its lines end with it. */
async function waitForJob(client: Client, id: string): Promise<string> {
  const { body } = await expectStatus(client, { method: "GET", path: `/api/v1/jobs/${id}/events` }, [200])
  const last = new TextDecoder().decode(body).trimEnd().split("\n").at(-1) ?? "{}"
  return (JSON.parse(last) as { state?: string }).state ?? "unknown"
}

function pathOf(repository: string): string {
  return `/api/v1/repositories/${encodeURIComponent(repository)}`
}

function describeUndo(repository: string, what: Undoing): Request {
  const path = pathOf(repository)
  switch (what.kind) {
    case "restore-tag": {
      const headers = { "Content-Type": "application/json" }
      const body = JSON.stringify({ digest: what.digest })
      return { method: "POST", path: `${path}/tags/${what.tag}/restore`, headers, body }
    }
    case "restore-manifest":
      return { method: "POST", path: `${path}/manifests/${what.digest}/restore` }
    case "restore-repository":
      return { method: "POST", path: `${path}/restore` }
  }
}
