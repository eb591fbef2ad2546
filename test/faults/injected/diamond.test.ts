// Thirty levels of two indexes, each naming both of the level below: 60 manifests, and 2^30 ways from the top to the bottom.
import { expect, test } from "bun:test"
import { digestOf } from "../content.ts"
import { newIndex } from "../operations/manifests.ts"
import { putManifest } from "../operations/push-manifest.ts"
import { createOracle } from "../oracle.ts"
import { createRandom } from "../random.ts"
import { remove } from "../operations/delete.ts"
import { verifyRepository } from "../verify.ts"
import { atNth } from "./faults.ts"
import { pushImage } from "./operations.ts"
import { openScene } from "./scene.ts"

const LEVELS = 30

test("thirty levels of indexes are collected, and kept, by looking at each of them once", async () => {
  await using scene = await openScene("memory")
  const oracle = createOracle()
  const turn = { client: scene.client, oracle, repository: oracle.get("diamond/r"), random: createRandom(1) }
  let below = [await pushImage(turn, []), await pushImage(turn, [])]
  for (let level = 0; level < LEVELS; level++) {
    const pair = [newIndex(turn, below), newIndex(turn, below)]
    below = pair.map(({ text }) => digestOf(text))
    for (const [at, manifest] of pair.entries()) {
      const tags = level === LEVELS - 1 ? [`top${at}`] : []
      await putManifest(turn, { kind: "put-manifest", digest: digestOf(manifest.text), manifest, tags })
    }
  }
  const collect = async (untagged: boolean) => {
    await Bun.sleep(2)
    let calls = 0
    const never = atNth(Infinity, "EIO")
    scene.faults.arm((possible) => {
      calls++
      return never(possible)
    })
    const { signal } = new AbortController()
    const report = await scene.services.gc.run({ isNow: true, isAlone: true, untagged, signal })
    scene.faults.disarm()
    return { calls, gone: report.untagged + report.manifests }
  }
  // Everything is needed by way of either top.
  expect(await collect(true)).toMatchObject({ gone: 0 })
  await verifyRepository(turn.client, turn.repository)
  for (const digest of below) await remove(turn, { kind: "delete-manifest", digest })
  let gone = 0
  let calls = 0
  for (let run = 0; run <= LEVELS + 2; run++) {
    const done = await collect(true)
    gone += done.gone
    calls += done.calls
  }
  expect(gone).toBeGreaterThanOrEqual(2 * LEVELS)
  expect(calls).toBeLessThan(100 * LEVELS)
})
