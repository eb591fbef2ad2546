import { expectStatus, WrongAnswerError } from "../client.ts"
import { digestOf } from "../content.ts"
import { ask, runJob } from "./command.ts"
import type { Life } from "./stage.ts"
import type { Step } from "./steps.ts"

const MANIFEST = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] }
const TEXT = JSON.stringify(MANIFEST)
const DIGEST = digestOf(TEXT)

interface Undo {
  name: string
  /** Of a repository whose tag `latest` names the manifest. */
  remove: (life: Life, repository: string) => Promise<unknown>
  /** Below the repository, in the API of commands. */
  path: string
  /** Further tags that go with it. */
  tagCount?: number
}

/** The deletion of so many takes several steps. */
const MANY = 600
/** Of one request. */
const TAGS_AT_ONCE = 200

const deleteRepository: Undo["remove"] = (life, name) =>
  runJob(life, "DELETE", `/api/v1/repositories/${encodeURIComponent(name)}`)

const UNDOS: readonly Undo[] = [
  {
    name: "tag",
    remove: ({ client }, name) =>
      expectStatus(client, { method: "DELETE", path: `/v2/${name}/manifests/latest` }, [202]),
    path: "/tags/latest/restore",
  },
  {
    name: "manifest",
    remove: ({ client }, name) =>
      expectStatus(client, { method: "DELETE", path: `/v2/${name}/manifests/${DIGEST}` }, [202]),
    path: `/manifests/${DIGEST}/restore`,
  },
  { name: "repository", remove: deleteRepository, path: "/restore" },
  { name: "large repository", remove: deleteRepository, path: "/restore", tagCount: MANY },
]

/** What is deleted and restored is there again, and what is purged is not. Nothing of it is on the ledger. */
export function createRestorations(): Step[] {
  const restorations = UNDOS.map((undo) => ({
    name: `the restoration of a ${undo.name}`,
    run: createRestoration(undo),
  }))
  return [...restorations, { name: "the purge of a repository", run: createPurge() }]
}

/** Of one that takes several steps: a kill between two of them is followed by the rest, without anybody asking again. */
function createPurge(): Step["run"] {
  const repository = "restored/purged"
  const path = `/api/v1/repositories/${encodeURIComponent(repository)}`
  const tags = listTags(MANY)
  const looked = ["latest", DIGEST, ...tags.slice(0, 1), ...tags.slice(-1)]
  const expectPurged = async (life: Life) => {
    for (const [method, undo] of [
      ["POST", "/restore"],
      ["POST", `/manifests/${DIGEST}/restore`],
    ] as const) {
      const { status } = await ask(life, method, `${path}${undo}`, {})
      if (status !== 404) throw new WrongAnswerError(`${undo} of what was purged: ${status}`)
    }
  }
  let isPushed = false
  return async (life) => {
    if (isPushed && !(await expectWhole(life, repository, looked))) await expectPurged(life)
    isPushed = false
    await pushAll(life, repository, tags)
    isPushed = true
    await runJob(life, "DELETE", `${path}?purge=true`)
    if (await expectWhole(life, repository, looked)) throw new WrongAnswerError(`${repository} was purged and is there`)
    await expectPurged(life)
  }
}

function createRestoration({ name, remove, path, tagCount = 0 }: Undo): Step["run"] {
  const repository = `restored/${name.replace(" ", "-")}`
  const api = `/api/v1/repositories/${encodeURIComponent(repository)}${path}`
  const tags = listTags(tagCount)
  const looked = ["latest", DIGEST, ...tags.slice(0, 1), ...tags.slice(-1)]
  let isPushed = false
  return async (life) => {
    if (isPushed && name !== "tag") await expectWhole(life, repository, looked)
    isPushed = false
    const tagged = `/v2/${repository}/manifests/latest`
    await pushAll(life, repository, tags)
    isPushed = true
    await remove(life, repository)
    await expectStatus(life.client, { method: "GET", path: tagged }, [404])
    const restored = await ask(life, "POST", api, {})
    if (restored.status !== 200)
      throw new WrongAnswerError(`restore of a ${name}: ${restored.status} ${JSON.stringify(restored.body)}`)
    for (const reference of looked) {
      await expectStatus(life.client, { method: "GET", path: `/v2/${repository}/manifests/${reference}` }, [200])
    }
  }
}

function listTags(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `t${index}`)
}

async function pushAll(life: Life, repository: string, tags: readonly string[]): Promise<void> {
  await push(life, `/v2/${repository}/manifests/latest`)
  for (let first = 0; first < tags.length; first += TAGS_AT_ONCE) {
    const query = tags.slice(first, first + TAGS_AT_ONCE).map((tag) => `tag=${tag}`)
    await push(life, `/v2/${repository}/manifests/${DIGEST}?${query.join("&")}`)
  }
}

async function push({ client }: Life, path: string): Promise<void> {
  const headers = { "Content-Type": MANIFEST.mediaType }
  await expectStatus(client, { method: "PUT", path, headers, body: TEXT }, [201])
}

/** A kill in the middle of its deletion or restoration leaves all of it or nothing. Gives whether it is there. */
async function expectWhole({ client }: Life, repository: string, references: string[]): Promise<boolean> {
  const statuses = await Promise.all(
    references.map(async (reference) => {
      const path = `/v2/${repository}/manifests/${reference}`
      return (await expectStatus(client, { method: "GET", path }, [200, 404])).status
    }),
  )
  if (new Set(statuses).size > 1) throw new WrongAnswerError(`${repository} is half there: ${statuses.join()}`)
  return statuses[0] === 200
}
