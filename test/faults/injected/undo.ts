import { expectStatus, wrongAnswer } from "../client.ts"
import { remove } from "../operations/delete.ts"
import { dropRepository, undo } from "../operations/undo.ts"
import { effectsOf } from "../repository.ts"
import type { Turn } from "../turn.ts"
import type { Undoing } from "../undo.ts"
import { drainEvents } from "./events.ts"
import { newContent, pushContent, pushImage, type Subject } from "./operations.ts"
import type { Scene } from "./scene.ts"

/** What was done already is not there to be undone. */
async function undoOnce(turn: Turn, what: Undoing): Promise<void> {
  if (effectsOf(turn.repository, what).length > 0) await undo(turn, what)
}

/** Told of what was done before, so that what is told from now on is of what is undone. */
async function forgetEvents(turn: Turn, scene: Scene): Promise<void> {
  await drainEvents(scene, turn.repository.name)
  scene.received.length = 0
}

export const undoings: readonly Subject[] = [
  {
    name: "restore of a tag",
    prepare: async (turn, scene) => {
      const digest = await pushImage(turn, ["latest"])
      await pushImage(turn, ["latest"])
      await remove(turn, { kind: "delete-manifest", digest })
      await forgetEvents(turn, scene)
      return (again) => undoOnce(again, { kind: "restore-tag", tag: "latest", digest })
    },
  },
  {
    name: "restore of a manifest",
    prepare: async (turn, scene) => {
      const digest = await pushImage(turn, ["latest", "other"])
      const [blob = ""] = turn.repository.blobs
      await remove(turn, { kind: "delete-manifest", digest })
      await remove(turn, { kind: "delete-blob", digest: blob })
      await forgetEvents(turn, scene)
      return (again) => undoOnce(again, { kind: "restore-manifest", digest })
    },
  },
  {
    name: "restore of a repository",
    prepare: async (turn, scene) => {
      const subject = await pushImage(turn, ["latest", "other"])
      await pushImage(turn, [], subject)
      await pushContent(turn, newContent(turn))
      await dropRepository(turn)
      await forgetEvents(turn, scene)
      return (again) => undoOnce(again, { kind: "restore-repository" })
    },
  },
  {
    name: "pull by time",
    prepare: async (turn) => {
      const digest = await pushImage(turn, ["latest"])
      // The history tells two changes in one millisecond apart, a time does not.
      await Bun.sleep(2)
      const at = new Date().toISOString()
      await Bun.sleep(2)
      await pushImage(turn, ["latest"])
      const request = { method: "GET", path: `/v2/${turn.repository.name}/manifests/latest?at=${at}` }
      return async ({ client }) => {
        const { headers } = await expectStatus(client, request, [200])
        const stated = headers.get("Docker-Content-Digest")
        if (stated !== digest) throw wrongAnswer(request, digest, String(stated))
      }
    },
  },
]
