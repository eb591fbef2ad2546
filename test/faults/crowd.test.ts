import { expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { startBerth } from "../support/berth.ts"
import { createClient } from "./client.ts"
import { pushBlob } from "./operations/push-blob.ts"
import { createOracle } from "./oracle.ts"
import { createRandom } from "./random.ts"
import { startHostile } from "./soak/hostile.ts"
import { LARGE, pushShared } from "./soak/shared.ts"
import { verifyRepository } from "./verify.ts"

const CROWD = { "slow reader": 200, "slow writer": 200, "stalled body": 100, "slow header": 100, cut: 20 }
const CROWD_SIZE = Object.values(CROWD).reduce((sum, count) => sum + count)
const LARGE_BYTES = 16 * 2 ** 20
const MOST_GROWTH_BYTES = 128 * 2 ** 20
const PUSHES = 50

function countDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

function residentBytes(pid: number): number {
  return 4096 * Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1])
}

async function waitUntil(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!isSo() && Date.now() < deadline) await Bun.sleep(50)
}

test(`${CROWD_SIZE} slow and hostile clients hinder nobody, and nothing stays of them`, async () => {
  await using berth = await startBerth()
  const oracle = createOracle()
  const random = createRandom(1)
  const client = createClient(berth.url)
  const turnOf = (name: string) => ({ client, oracle, random, repository: oracle.get(name) })
  const large = await pushShared(turnOf, LARGE_BYTES)
  const [descriptors, resident] = [countDescriptors(berth.pid), residentBytes(berth.pid)]
  const target = { url: berth.url, large: `/v2/${LARGE}/blobs/${large}`, repository: "hostile/uploads" }
  const hostile = startHostile({ ...target, howMany: CROWD }, random)
  try {
    // Those that are cut come and go.
    const most = CROWD_SIZE - CROWD.cut
    await waitUntil(() => countDescriptors(berth.pid) - descriptors >= most)
    expect(countDescriptors(berth.pid) - descriptors).toBeGreaterThanOrEqual(most)
    const turn = turnOf("crowd/own")
    for (let n = 0; n < PUSHES; n++) await pushBlob(turn)
    expect(await verifyRepository(client, turn.repository)).toBeGreaterThan(PUSHES / 2)
    expect(residentBytes(berth.pid) - resident).toBeLessThan(MOST_GROWTH_BYTES)
  } finally {
    await hostile.stop()
  }
  // Keep-alive connections of this client may have been added.
  await waitUntil(() => countDescriptors(berth.pid) < descriptors + 100)
  expect(countDescriptors(berth.pid)).toBeLessThan(descriptors + 100)
}, 120_000)
