import { readdirSync } from "node:fs"
import { join } from "node:path"
import { createDistributionTree } from "../../support/distribution-tree.ts"
import { expectStatus, WrongAnswerError } from "../client.ts"
import { contentBytes, digestOf, type Content } from "../content.ts"
import { deleteBlob, deleteManifest, deleteTag, remove } from "../operations/delete.ts"
import { newImage } from "../operations/manifests.ts"
import { mountShared } from "../operations/mount-blob.ts"
import { pushWrongDigest } from "../operations/push-blob.ts"
import { moveTag, pushImage, pushIndex, pushReferrer, putManifest } from "../operations/push-manifest.ts"
import { openUpload, upload, type Way } from "../operations/upload.ts"
import type { Oracle } from "../oracle.ts"
import type { Operation, Turn } from "../turn.ts"
import { createCollection } from "./collect.ts"
import { ask, runJob } from "./command.ts"
import { createScrubbing } from "./damage.ts"
import { createRestorations } from "./restorations.ts"
import type { Life } from "./stage.ts"

/** One thing that a server does. May be run again and again, also after it was killed in the middle. */
export interface Step {
  name: string
  run(life: Life): Promise<void>
  /** Done before, by a server with the usual configuration that nobody kills. */
  prepare?(life: Life): Promise<void>
  /** Laid over the usual configuration. */
  config?: Record<string, unknown>
  /** It takes its time, or makes what comes after it take more, as a tree of links does. */
  isSlow?: boolean
}

const WAYS: readonly Way[] = ["single post", "post and put", "one patch", "stream", "chunks"]
/** More than is written between two syncs. */
const LARGE_BYTES = 34 * 2 ** 20

/** `root`: the data directory of the servers that run them. */
export function createSteps(root: string, oracle: Oracle): Step[] {
  return [
    ...WAYS.map((way) => onTurn(`a blob by ${way}`, (turn) => pushNew(turn, way, "sha256"))),
    onTurn("a blob whose digest is of another kind than its upload", (turn) => pushNew(turn, "one patch", "sha512")),
    onTurn("an empty blob", (turn) => upload(turn, digestOf(""), { seed: 0, sizeBytes: 0 }, "post and put")),
    { name: "a large blob", isSlow: true, run: (life) => pushLarge(life.turn("large")) },
    onTurn("a blob with a wrong digest", pushWrongDigest),
    onTurn("an upload that is cancelled", cancelUpload),
    onTurn("a mount", mountShared),
    onTurn("an image", pushTagged),
    onTurn("an index", pushIndex),
    onTurn("a referrer", async (turn) => {
      await pushTagged(turn)
      await pushReferrer(turn)
    }),
    onTurn("a tag that moves", async (turn) => {
      await pushTagged(turn)
      await moveTag(turn)
    }),
    onTurn("the deletion of a tag", async (turn) => {
      await pushTagged(turn)
      await deleteTag(turn)
    }),
    onTurn("the deletion of a manifest", async (turn) => {
      await pushTagged(turn)
      await deleteManifest(turn)
    }),
    onTurn("the deletion of a blob", async (turn) => {
      await pushTagged(turn)
      await deleteBlob(turn)
    }),
    { name: "the deletion of a repository", isSlow: true, run: createRepositoryDeletion() },
    ...createRestorations(),
    createScrubbing(root),
    { name: "an export", isSlow: true, run: exportLinks },
    { name: "an adoption", isSlow: true, run: createAdoption(root) },
    { name: "a backup", isSlow: true, run: backUp },
    createCollection(root, oracle),
    { name: "a refused event", run: refuseEvent },
    { name: "a reload of the configuration", run: reload },
    {
      name: "a purge of abandoned uploads",
      isSlow: true,
      config: { storage: purgingStorage(root) },
      run: abandon,
    },
  ]
}

function onTurn(name: string, operation: Operation): Step {
  return { name, run: (life) => operation(life.turn()) }
}

function newContent({ random }: Turn): Content {
  return { seed: random.below(2 ** 32), sizeBytes: random.between(1, 100_000) }
}

async function pushNew(turn: Turn, way: Way, algorithm: "sha256" | "sha512"): Promise<void> {
  const content = newContent(turn)
  await upload(turn, digestOf(contentBytes(content), algorithm), content, way)
}

async function pushLarge(turn: Turn): Promise<void> {
  const content = { seed: 1, sizeBytes: LARGE_BYTES }
  const digest = digestOf(contentBytes(content))
  await upload(turn, digest, content, "one patch")
  // It would be compared after each further kill.
  await remove(turn, { kind: "delete-blob", digest })
}

async function cancelUpload(turn: Turn): Promise<void> {
  const path = await openUpload(turn)
  const body = contentBytes(newContent(turn))
  await expectStatus(turn.client, { method: "PATCH", path, body }, [202])
  await expectStatus(turn.client, { method: "DELETE", path }, [204])
}

/** Has a tag in any case. */
async function pushTagged(turn: Turn): Promise<void> {
  await pushImage(turn)
  const blobs = [...turn.repository.blobs].slice(0, 2)
  const manifest = newImage(turn, blobs)
  const what = { kind: "put-manifest", digest: digestOf(manifest.text), manifest, tags: ["tagged"] } as const
  await putManifest(turn, { ...what, tags: [...what.tags] })
}

/** Nothing of it is on the ledger: it goes as a whole, and that is looked at here. */
function createRepositoryDeletion(): Step["run"] {
  const name = "doomed/one"
  const manifest = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] }
  const text = JSON.stringify(manifest)
  const paths = ["latest", digestOf(text)].map((reference) => `/v2/${name}/manifests/${reference}`)
  return async (life) => {
    const { client } = life
    const statuses = await Promise.all(
      paths.map(async (path) => (await expectStatus(client, { method: "GET", path }, [200, 404])).status),
    )
    if (new Set(statuses).size > 1) throw new WrongAnswerError(`a repository is half deleted: ${statuses.join()}`)
    const headers = { "Content-Type": manifest.mediaType }
    await expectStatus(client, { method: "PUT", path: paths[0] ?? "", headers, body: text }, [201])
    await runJob(life, "DELETE", `/api/v1/repositories/${encodeURIComponent(name)}`)
    for (const path of paths) await expectStatus(client, { method: "GET", path }, [404])
  }
}

/** Twice, so that links are written and removed. */
async function exportLinks(life: Life): Promise<void> {
  const turn = life.turn()
  await pushTagged(turn)
  await runJob(life, "POST", "/api/v1/exports")
  if (turn.repository.tags.has("tagged")) await remove(turn, { kind: "delete-tag", tag: "tagged" })
  await runJob(life, "POST", "/api/v1/exports")
}

/** One that was killed leaves a file, which the next one removes. */
async function backUp(life: Life): Promise<void> {
  const { id, sizeBytes } = (await runJob(life, "POST", "/api/v1/backups")) as { id: string; sizeBytes: number }
  if (sizeBytes === 0) throw new WrongAnswerError("a backup is empty")
  const names = readdirSync(join(life.berth.root, "berth", "backups"))
  if (names.join() !== `${id}.db`) throw new WrongAnswerError(`backups that nobody asked for are kept: ${names.join()}`)
  await ask(life, "DELETE", `/api/v1/backups/${id}`)
}

function createAdoption(root: string): Step["run"] {
  const tree = createDistributionTree(root)
  let count = 0
  return async (life) => {
    const image = tree.putImage("adopted/one", `image ${count}`)
    tree.tag("adopted/one", `t${count}`, image.digest)
    await runJob(life, "POST", "/api/v1/adoption")
    for (const reference of [image.digest, `t${count}`]) {
      await expectStatus(life.client, { method: "GET", path: `/v2/adopted/one/manifests/${reference}` }, [200])
    }
    await expectStatus(life.client, { method: "GET", path: `/v2/adopted/one/blobs/${image.layer}` }, [200])
    count++
  }
}

/** The endpoint takes it at a later attempt. */
async function refuseEvent(life: Life): Promise<void> {
  const { control, receiver } = life
  receiver.status = 500
  try {
    const before = control.hits("row.committed=events.markFailed")
    await pushTagged(life.turn())
    await life.waitUntil("the refusal", () => control.hits("row.committed=events.markFailed") > before)
  } finally {
    receiver.status = 200
  }
}

async function reload(life: Life): Promise<void> {
  const before = life.control.hits("reload.applied")
  process.kill(life.berth.pid, "SIGHUP")
  await life.waitUntil("the reload", () => life.control.hits("reload.applied") > before)
  if ((await ask(life, "GET", "/api/v1/version")).status !== 200)
    throw new WrongAnswerError("no commands after a reload")
}

function purgingStorage(root: string): object {
  const uploadpurging = { enabled: true, age: "1s", interval: "1s", dryrun: false }
  return { filesystem: { rootdirectory: root }, delete: { enabled: true }, maintenance: { uploadpurging } }
}

async function abandon(life: Life): Promise<void> {
  const turn = life.turn()
  const path = await openUpload(turn)
  await expectStatus(life.client, { method: "PATCH", path, body: contentBytes(newContent(turn)) }, [202])
  await life.waitUntil("the purge", async () => (await life.client.send({ method: "GET", path })).status === 404)
}
