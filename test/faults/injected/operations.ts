import { contentBytes, digestOf, type Content } from "../content.ts"
import { expectStatus, wrongAnswer, WrongAnswerError } from "../client.ts"
import { remove } from "../operations/delete.ts"
import { newImage, newIndex } from "../operations/manifests.ts"
import { putManifest } from "../operations/push-manifest.ts"
import { openUpload, sendChunk, upload, type Way } from "../operations/upload.ts"
import type { PushedManifest } from "../repository.ts"
import { change, type Operation, type Turn } from "../turn.ts"
import { verifyPlace } from "../verify.ts"
import type { Mode } from "./faults.ts"
import type { Kind, Scene } from "./scene.ts"

/** One thing that is done while faults are injected, on a repository of its own. */
export interface Subject {
  name: string
  /** Left out: on all. */
  on?: Kind
  /** Left out: both. */
  modes?: readonly Mode[]
  /** It goes through all that there is: each run begins with an empty registry. */
  isAlone?: boolean
  /**
   * Makes what the operation needs, without faults, and gives the operation. It is asked for again after a failure,
   * without faults, and must succeed then; what it finds done already is no error.
   */
  prepare(turn: Turn, scene: Scene): Promise<Operation>
  /** What must be so besides when all is over, the faults too. */
  check?(turn: Turn, scene: Scene): Promise<void>
}

export function newContent({ random }: Turn): Content {
  const sizeBytes = random.pick([0, 1, 700, 3000, 3000, 9000]) ?? 1
  return { seed: random.below(2 ** 32), sizeBytes }
}

export async function pushContent(turn: Turn, content: Content, way: Way = "post and put"): Promise<string> {
  const digest = digestOf(contentBytes(content))
  await upload(turn, digest, content, way)
  return digest
}

async function someBlobs(turn: Turn): Promise<string[]> {
  const small = () => ({ seed: turn.random.below(2 ** 32), sizeBytes: turn.random.between(1, 900) })
  return [await pushContent(turn, small()), await pushContent(turn, small())]
}

export async function pushImage(turn: Turn, tags: string[], subject?: string): Promise<string> {
  const manifest = newImage(turn, await someBlobs(turn), subject)
  return put(turn, manifest, tags)
}

async function put(turn: Turn, manifest: PushedManifest, tags: string[]): Promise<string> {
  const digest = digestOf(manifest.text)
  await putManifest(turn, { kind: "put-manifest", digest, manifest, tags })
  return digest
}

function pushes(way: Way, size?: number): Subject {
  return {
    name: `push of a blob: ${size === undefined ? way : `${size} bytes`}`,
    prepare: async (turn) => {
      const content = size === undefined ? newContent(turn) : { seed: turn.random.below(2 ** 32), sizeBytes: size }
      return async (again) => void (await pushContent(again, content, way))
    },
  }
}

const readOnly = (name: string, read: (turn: Turn, digest: string) => Promise<void>): Subject => ({
  name,
  prepare: async (turn) => {
    const digest = await pushImage(turn, ["latest", "other"])
    return (again) => read(again, digest)
  },
})

const mounts = (name: string, query: (from: string) => string): Subject => ({
  name,
  prepare: async (turn) => {
    const source = { ...turn, repository: turn.oracle.get(`${turn.repository.name}/source`) }
    const content = newContent(turn)
    const digest = await pushContent(source, content)
    const path = `/v2/${turn.repository.name}/blobs/uploads/?mount=${digest}${query(source.repository.name)}`
    return async (again) => void (await change(again, { kind: "put-blob", digest, content }, { method: "POST", path }))
  },
})

/** Deletes once: asked for again, it may find that it is done. */
const deletes = (name: string, work: (turn: Turn, digest: string) => Promise<void>): Subject => ({
  name,
  prepare: async (turn) => {
    const digest = await pushImage(turn, ["latest", "other"])
    return (again) => work(again, digest)
  },
})

export const subjects: readonly Subject[] = [
  pushes("single post"),
  pushes("post and put"),
  pushes("one patch"),
  pushes("stream"),
  pushes("chunks"),
  pushes("post and put", 0),
  pushes("one patch", 270_000),
  {
    name: "push of a blob: the same again",
    prepare: async (turn) => {
      const content = newContent(turn)
      await pushContent(turn, content)
      return async (again) => void (await pushContent(again, content, "one patch"))
    },
  },
  {
    name: "push of a blob: by another digest than was begun with",
    prepare: async (turn) => {
      const content = newContent(turn)
      const digest = digestOf(contentBytes(content), "sha512")
      return (again) => upload(again, digest, content, "one patch")
    },
  },
  {
    name: "status of an upload",
    prepare: async (turn) => {
      const path = await openUpload(turn)
      return async ({ client }) => void (await expectStatus(client, { method: "GET", path }, [204]))
    },
  },
  {
    name: "chunk of an upload",
    prepare: async (turn) => {
      const content = { seed: turn.random.below(2 ** 32), sizeBytes: 5000 }
      const opened = {
        digest: digestOf(contentBytes(content)),
        content,
        location: await openUpload(turn),
        ackedBytes: 0,
      }
      turn.oracle.record({ at: "upload", repository: turn.repository.name, upload: opened })
      const sent = await sendChunk(turn, opened, 2000, "chunks")
      // One that failed is settled as an interrupted upload.
      return async (again) => {
        if (again.oracle.uploads.has(again.repository.name)) await sendChunk(again, sent, 1000, "chunks")
      }
    },
  },
  {
    name: "cancel of an upload",
    prepare: async (turn) => {
      const location = await openUpload(turn)
      await expectStatus(
        turn.client,
        { method: "PATCH", path: location, body: contentBytes({ seed: 1, sizeBytes: 99 }) },
        [202],
      )
      return async ({ client }) => {
        await expectStatus(client, { method: "DELETE", path: location }, [204, 404])
        await expectStatus(client, { method: "GET", path: location }, [404])
      }
    },
  },
  mounts("mount", (from) => `&from=${encodeURIComponent(from)}`),
  mounts("mount without a source", () => ""),
  {
    name: "push of an image by tag",
    prepare: async (turn) => {
      const manifest = newImage(turn, await someBlobs(turn))
      return async (again) => void (await put(again, manifest, ["latest"]))
    },
  },
  {
    name: "push of an image by digest, with tags",
    prepare: async (turn) => {
      const manifest = newImage(turn, await someBlobs(turn))
      return async (again) => void (await put(again, manifest, ["a", "b", "c"]))
    },
  },
  {
    name: "push of an index",
    prepare: async (turn) => {
      const manifest = newIndex(turn, [await pushImage(turn, []), await pushImage(turn, [])])
      return async (again) => void (await put(again, manifest, ["latest"]))
    },
  },
  {
    name: "push of a referrer",
    prepare: async (turn) => {
      const manifest = newImage(turn, await someBlobs(turn), await pushImage(turn, ["latest"]))
      return async (again) => void (await put(again, manifest, []))
    },
  },
  {
    name: "move of a tag",
    prepare: async (turn) => {
      await pushImage(turn, ["latest"])
      const manifest = newImage(turn, await someBlobs(turn))
      // Whoever reads before the write must not keep what they read.
      await verifyPlace(turn.client, turn.repository, due(turn, "latest"))
      return async (again) => void (await put(again, manifest, ["latest"]))
    },
  },
  deletes("delete of a tag", async (turn) => {
    if (turn.repository.tags.has("latest")) await remove(turn, { kind: "delete-tag", tag: "latest" })
  }),
  deletes("delete of a manifest", async (turn, digest) => {
    if (turn.repository.manifests.has(digest)) await remove(turn, { kind: "delete-manifest", digest })
  }),
  deletes("delete of a blob", async (turn) => {
    const [digest] = turn.repository.blobs
    if (digest !== undefined && turn.repository.blobs.size > 1) await remove(turn, { kind: "delete-blob", digest })
  }),
  readOnly("pull by tag", (turn) => verifyPlace(turn.client, turn.repository, due(turn, "latest"))),
  readOnly("pull by digest", (turn, digest) =>
    verifyPlace(turn.client, turn.repository, { place: { kind: "manifest", id: digest }, digest }),
  ),
  readOnly("pull of a blob", async (turn) => {
    for (const digest of turn.repository.blobs) {
      await verifyPlace(turn.client, turn.repository, { place: { kind: "blob", id: digest }, digest })
    }
  }),
  readOnly("head of a blob and a manifest", async ({ client, repository }, digest) => {
    const [blob = ""] = repository.blobs
    const request = { method: "HEAD", path: `/v2/${repository.name}/blobs/${blob}` }
    const { headers } = await expectStatus(client, request, [200])
    const size = String(repository.contents.get(blob)?.sizeBytes)
    if (headers.get("Content-Length") !== size) throw wrongAnswer(request, size, String(headers.get("Content-Length")))
    await expectStatus(client, { method: "HEAD", path: `/v2/${repository.name}/manifests/${digest}` }, [200])
  }),
  readOnly("range of a blob", async ({ client, repository }) => {
    const [blob = ""] = repository.blobs
    const content = repository.contents.get(blob)
    if (content === undefined || content.sizeBytes < 10) return
    const request = { method: "GET", path: `/v2/${repository.name}/blobs/${blob}`, headers: { Range: "bytes=2-7" } }
    const { body } = await expectStatus(client, request, [206])
    if (Buffer.compare(body, contentBytes(content).subarray(2, 8)) !== 0)
      throw wrongAnswer(request, "its bytes", "others")
  }),
  readOnly("list of tags", async ({ client, repository }) => {
    const request = { method: "GET", path: `/v2/${repository.name}/tags/list` }
    const { tags } = await readJson<{ tags: string[] }>(client, request)
    if (tags.join() !== "latest,other") throw wrongAnswer(request, "latest,other", tags.join())
  }),
  readOnly("catalog", async ({ client, repository }) => {
    const request = { method: "GET", path: `/v2/_catalog?n=1&last=${repository.name.slice(0, -1)}` }
    const { repositories } = await readJson<{ repositories: string[] }>(client, request)
    if (repositories.length !== 1) throw wrongAnswer(request, "a repository", "none")
  }),
  {
    name: "list of referrers",
    prepare: async (turn) => {
      const subject = await pushImage(turn, ["latest"])
      const digest = await pushImage(turn, [], subject)
      const place = { kind: "referrer", id: `${subject} ${digest}` } as const
      return ({ client, repository }) => verifyPlace(client, repository, { place, digest })
    },
  },
]

function due({ repository }: Turn, tag: string) {
  return { place: { kind: "tag" as const, id: tag }, digest: repository.tags.get(tag) }
}

async function readJson<Value>(client: Turn["client"], request: { method: string; path: string }): Promise<Value> {
  const { body } = await expectStatus(client, request, [200])
  return JSON.parse(new TextDecoder().decode(body)) as Value
}

/** For checks: throws unless it is so. */
export function ensure(isSo: boolean, what: string): void {
  if (!isSo) throw new WrongAnswerError(what)
}
