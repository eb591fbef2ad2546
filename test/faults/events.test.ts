import { expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { startBerth, type Berth } from "../support/berth.ts"
import { readEnvelopes, startEventReceiver } from "../support/event-receiver.ts"
import { findFreePort } from "../support/free-port.ts"
import { createScratch } from "../support/scratch.ts"
import { waitUntil } from "../operations/wait.ts"

const KILLS = 5
const AT_ONCE = 20
/** Pushes before each kill: together more than the server sends at once. */
const ENOUGH = 5

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`
}

interface Pushes {
  repository: string
  prefix: string
  /** What was acknowledged is added, in order. */
  acknowledged: string[]
}

/** Pushes until the server is gone. */
async function pushUntilGone(berth: Berth, { repository, prefix, acknowledged }: Pushes): Promise<void> {
  for (let count = 0; ; count++) {
    const body = `${prefix} ${count}`
    const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(body)}`
    const answer = await fetch(berth.url + path, { method: "POST", body }).catch(() => undefined)
    if (answer?.status !== 201) return
    acknowledged.push(digestOf(body))
  }
}

test(`what was acknowledged before each of ${KILLS} kills is delivered after the next start, in order`, async () => {
  using scratch = createScratch("berth-events")
  const port = await findFreePort()
  // Nobody listens there until the last start: nothing is delivered before.
  const receiverPort = await findFreePort()
  const endpoint = {
    name: "hook",
    url: `http://127.0.0.1:${receiverPort}/`,
    timeout: "2s",
    threshold: 3,
    backoff: "20ms",
  }
  const config = { notifications: { endpoints: [endpoint] } }
  const expected = new Map<string, string[]>([
    ["a", []],
    ["b", []],
  ])
  for (let kill = 0; kill < KILLS; kill++) {
    const berth = await startBerth({ root: scratch.path, port, config })
    const pushing = [...expected].map(([repository, acknowledged]) =>
      pushUntilGone(berth, { repository, prefix: `${repository} ${kill}`, acknowledged }),
    )
    await Bun.sleep(150 + 37 * kill)
    // A slow machine has hardly begun then.
    await waitUntil("some pushes", () => [...expected.values()].flat().length >= ENOUGH * (kill + 1))
    await berth.kill()
    await Promise.all(pushing)
  }
  expect([...expected.values()].flat().length).toBeGreaterThan(AT_ONCE)
  using receiver = startEventReceiver(receiverPort)
  await using _ = await startBerth({ root: scratch.path, port, config })
  // Not their number: what was never acknowledged may be told of before them.
  const wanted = [...expected.values()].flat()
  await waitUntil("the delivery", () => {
    const told = new Set(readEnvelopes(receiver.received).map(({ target }) => target.digest))
    return wanted.every((digest) => told.has(digest))
  })
  for (const [repository, digests] of expected) {
    const told = readEnvelopes(receiver.received)
      .filter(({ target }) => target.repository === repository)
      .map(({ target }) => target.digest ?? "")
    // What was committed and not acknowledged any more may be told of as well.
    expect(told.filter((digest) => digests.includes(digest))).toEqual(digests)
    expect(told.length).toBeLessThanOrEqual(digests.length + KILLS)
  }
}, 120_000)

test("a server that is killed while it delivers sends the rest after the next start, and nothing out of order", async () => {
  using scratch = createScratch("berth-events")
  const port = await findFreePort()
  using receiver = startEventReceiver()
  const endpoint = { name: "hook", url: receiver.url, timeout: "2s", threshold: 3, backoff: "20ms" }
  const config = { notifications: { endpoints: [endpoint] } }
  const acknowledged: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const berth = await startBerth({ root: scratch.path, port, config })
    const pushing = pushUntilGone(berth, { repository: "a", prefix: `kill ${kill}`, acknowledged })
    await Bun.sleep(120 + 53 * kill)
    await berth.kill()
    await pushing
  }
  await using _ = await startBerth({ root: scratch.path, port, config })
  const last = acknowledged.at(-1)
  expect(last).toBeDefined()
  await waitUntil("the delivery", () => readEnvelopes(receiver.received).some(({ target }) => target.digest === last))
  const told = readEnvelopes(receiver.received)
  // At least once: a repetition has the same id as the first time, and comes right after it.
  const ids = told.map(({ id }) => id)
  const once = told.filter(({ id }, index) => ids.indexOf(id) === index)
  const repeated = ids.length - once.length
  expect(repeated).toBeLessThanOrEqual(KILLS)
  const digests = once.map(({ target }) => target.digest ?? "")
  expect(digests.filter((digest) => acknowledged.includes(digest))).toEqual(acknowledged)
}, 120_000)
