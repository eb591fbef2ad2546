import { existsSync, readFileSync } from "node:fs"
import { parseRepositoryName } from "../../../src/domain/repository-name.ts"
import { createMemoryLogger } from "../../../src/adapters/logger/memory.ts"
import type { DeletionWay } from "../../../src/services/repositories.ts"
import type { RequestContext } from "../../../src/services/request-context.ts"
import { createDistributionTree } from "../../support/distribution-tree.ts"
import { expectStatus } from "../client.ts"
import { contentBytes } from "../content.ts"
import { remove } from "../operations/delete.ts"
import { openUpload } from "../operations/upload.ts"
import type { Place } from "../places.ts"
import { forget } from "../repository.ts"
import type { Turn } from "../turn.ts"
import { attempt } from "./attempt.ts"
import { ensure, newContent, pushContent, pushImage, type Subject } from "./operations.ts"
import { deliverAll } from "./events.ts"
import type { Scene } from "./scene.ts"

const operator: RequestContext = {
  actor: { id: "operator", quotaKey: "operator" },
  requestId: "1",
  signal: new AbortController().signal,
  log: createMemoryLogger(),
}

const PURGE: DeletionWay = { isPurge: true }

/** What no request asks for, or what goes on after one was answered. */
export const services: readonly Subject[] = [
  {
    name: "purge of uploads",
    prepare: async (turn, scene) => {
      const path = await openUpload(turn)
      await expectStatus(turn.client, { method: "PATCH", path, body: contentBytes({ seed: 1, sizeBytes: 99 }) }, [202])
      return async ({ client }) => {
        // Everything that was active until a second from now.
        await attempt(scene, "purge", () => scene.services.uploads.purge(-1))
        await expectStatus(client, { method: "GET", path }, [404])
      }
    },
  },
  {
    name: "delete of a repository",
    prepare: async (turn, scene) => {
      await pushImage(turn, ["latest"])
      await pushImage(turn, ["other"])
      return async (again) => {
        if (await isGone(again)) return forgetAll(again)
        await attempt(scene, "delete of a repository", () => deleteRepository(scene, again.repository.name))
        forgetAll(again)
      }
    },
  },
  {
    name: "purge of a repository",
    prepare: async (turn, scene) => {
      await pushImage(turn, ["latest"])
      await pushImage(turn, ["other"])
      return async (again) => {
        const { name } = again.repository
        const isThere = !(await isGone(again))
        if (isThere) await attempt(scene, "purge of a repository", () => deleteRepository(scene, name, PURGE))
        forgetAll(again)
        const path = `/api/v1/repositories/${encodeURIComponent(name)}/restore`
        await expectStatus(again.client, { method: "POST", path }, [404])
      }
    },
  },
  {
    name: "delivery of events",
    prepare: async (turn, scene) => {
      for (let each = 0; each < 3; each++) await pushContent(turn, newContent(turn), "single post")
      return () => attempt(scene, "delivery", () => deliverAll(scene, turn.repository.name))
    },
    check: async ({ repository }, { received }) => {
      const told = received.filter(({ target }) => target.repository === repository.name)
      const once = told.filter(({ id }, at) => told.findIndex((one) => one.id === id) === at)
      const due = [...repository.blobs].join()
      // One content twice is one blob that is told of twice.
      const got = [...new Set(once.map(({ target }) => target.digest))].join()
      ensure(got === due, `events: due in this order were ${due}, got ${got}`)
    },
  },
  {
    name: "garbage collection",
    isAlone: true,
    prepare: async (turn, scene) => {
      await pushImage(turn, ["latest"])
      const kept = new Set(turn.repository.blobs)
      const gone = await pushImage(turn, [])
      await pushContent(turn, newContent(turn))
      await remove(turn, { kind: "delete-manifest", digest: gone })
      // Of these nothing is promised any more: each may be there, until a whole run has ended.
      for (const digest of turn.repository.blobs) if (!kept.has(digest)) turn.repository.blobs.delete(digest)
      // What happened in this millisecond is kept.
      await Bun.sleep(2)
      return () => attempt(scene, "garbage collection", () => collect(scene))
    },
    check: async ({ client, repository }, scene) => {
      await collect(scene)
      const tree = createDistributionTree(scene.root)
      for (const digest of repository.contents.keys()) {
        const isKept = repository.blobs.has(digest)
        const request = { method: "HEAD", path: `/v2/${repository.name}/blobs/${digest}` }
        await expectStatus(client, request, [isKept ? 200 : 404])
        const isStored = scene.kind === "memory" || existsSync(tree.blobPath(digest)) === isKept
        ensure(isStored, `${digest} is ${isKept ? "gone from" : "left on"} the disk`)
      }
    },
  },
  {
    name: "scrub",
    on: "files",
    // It looks twice. A disk that gives wrong bytes for good has damaged the blob, whatever it says later.
    modes: ["once"],
    isAlone: true,
    prepare: async (turn, scene) => {
      await pushImage(turn, ["latest"])
      return () => attempt(scene, "scrub", () => scrub(scene))
    },
    check: async (_, { services: { scrub: service } }) => {
      ensure((await service.countDamage()) === 0, "a whole blob was taken for a damaged one")
    },
  },
  {
    name: "adoption",
    on: "files",
    isAlone: true,
    prepare: async (turn, scene) => {
      const { name } = turn.repository
      const tree = createDistributionTree(scene.root)
      const image = tree.putImage(`${name}/adopted`, `${turn.random.below(2 ** 32)}`)
      tree.tag(`${name}/adopted`, "latest", image.digest)
      // What was damaged only for the one who read it is found whole by the next.
      return () => attempt(scene, "adoption", () => adopt(scene))
    },
    check: async ({ client, repository: { name } }, scene) => {
      await adopt(scene)
      const path = `/v2/${name}/adopted/manifests/latest`
      const { body } = await expectStatus(client, { method: "GET", path }, [200])
      const { config, layers } = JSON.parse(new TextDecoder().decode(body)) as Manifest
      for (const { digest, size } of [config, ...layers]) {
        const blob = await expectStatus(client, { method: "GET", path: `/v2/${name}/adopted/blobs/${digest}` }, [200])
        ensure(blob.body.length === size, `${digest} was not taken over whole`)
      }
    },
  },
  {
    name: "export",
    on: "files",
    isAlone: true,
    prepare: async (turn, scene) => {
      const digest = await pushImage(turn, ["latest"])
      const tree = createDistributionTree(scene.root)
      return async () => {
        const { signal } = new AbortController()
        await attempt(scene, "export", () => scene.services.exports.run({ signal, progress: () => undefined }))
        const link = tree.linkPath(turn.repository.name, "tag", "latest")
        ensure(readFileSync(link, "utf8") === digest, `${link} does not name ${digest}`)
        ensure(existsSync(tree.blobPath(digest)), `${digest} was not handed back`)
      }
    },
  },
]

interface Manifest {
  config: { digest: string; size: number }
  layers: { digest: string; size: number }[]
}

async function adopt({ services: { adoption } }: Scene): Promise<void> {
  await adoption.open()
  await adoption.run({ isFull: true, signal: new AbortController().signal })
}

async function collect({ services: { gc } }: Scene): Promise<void> {
  const { signal } = new AbortController()
  const { failures } = await gc.run({ isNow: true, isAlone: true, untagged: false, signal })
  if (failures > 0) throw new Error(`${failures} objects could not be removed`)
}

async function scrub({ services: { scrub: service } }: Scene): Promise<void> {
  await service.run({ signal: new AbortController().signal, pace: () => Promise.resolve() })
}

/** A repository goes as a whole or not at all. */
async function isGone({ client, repository }: Turn): Promise<boolean> {
  const { status } = await expectStatus(client, { method: "GET", path: `/v2/${repository.name}/tags/list` }, [200, 404])
  const manifests = [...repository.manifests].map((digest) => `/v2/${repository.name}/manifests/${digest}`)
  for (const path of manifests) await expectStatus(client, { method: "HEAD", path }, [status])
  return status === 404
}

async function deleteRepository({ services }: Scene, name: string, how?: DeletionWay): Promise<void> {
  const { id } = await services.repositories.delete(operator, parseRepositoryName(name), how)
  let job = services.jobs.get(id)
  for await (job of services.jobs.watch(id, new AbortController().signal)) if (job.state !== "running") break
  if (job.state !== "done") throw new Error(`the job is ${job.state}: ${job.error}`)
}

function forgetAll({ repository }: Turn): void {
  const places: Place[] = [
    ...[...repository.tags.keys()].map((id): Place => ({ kind: "tag", id })),
    ...[...repository.manifests].map((id): Place => ({ kind: "manifest", id })),
    ...[...repository.blobs].map((id): Place => ({ kind: "blob", id })),
  ]
  for (const place of places) forget(repository, place)
}
