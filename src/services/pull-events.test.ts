import { expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { createManualClock, newRepository } from "../ports/metadata/fixture.contract.ts"
import type { EventDraft } from "../ports/metadata/events.ts"
import { createEventMeter } from "./event-meter.ts"
import { createPullEvents } from "./pull-events.ts"

const repository = newRepository()

function draftOf(id: string): EventDraft {
  const request = { id: "1", addr: "", host: "", method: "GET", useragent: "" }
  const source = { addr: "vm:5000", instanceID: "i" }
  const target = { kind: "blob" as const, repository }
  return { event: { id, at: 0, action: "pull", target, request, source }, endpoints: ["hook"] }
}

async function open() {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  const log = createMemoryLogger()
  const meter = createEventMeter()
  const pulls = createPullEvents({ events: metadata.events, clock, log, meter, rules: { maxWaiting: 100_000 } })
  const list = async () => {
    const { items } = await metadata.events.list({ endpoint: "hook", state: "waiting", limit: 100_000 })
    return items.map(({ event }) => event.id)
  }
  return { metadata, clock, log, meter, pulls, list }
}

test("pulls are written in their order, those of one moment together, and flush() waits for them", async () => {
  const { metadata, pulls, list } = await open()
  let writes = 0
  metadata.events.watch(() => void writes++)
  const ids = Array.from({ length: 300 }, (_, n) => `e${n}`)
  for (const id of ids) pulls.add(draftOf(id))
  pulls.add(undefined)
  expect(await list()).toEqual([])
  await pulls.flush()
  expect(await list()).toEqual(ids)
  expect(writes).toBe(2)
  await pulls.flush()
})

test("pulls beyond ten thousand that wait are dropped and counted, and the log says so once a minute", async () => {
  const { clock, log, meter, pulls, list } = await open()
  const addMany = async () => {
    for (let n = 0; n < 10_003; n++) pulls.add(draftOf(`e${n}`))
    await pulls.flush()
  }
  await addMany()
  expect(await list()).toHaveLength(10_000)
  expect(meter.read().get("hook")?.lost).toBe(3)
  expect(log.messages("warn")).toHaveLength(1)
  await addMany()
  expect(log.messages("warn")).toHaveLength(1)
  clock.advance(60_000)
  await addMany()
  expect(log.messages("warn")).toHaveLength(2)
  expect(meter.read().get("hook")?.lost).toBe(9)
})

test("a database that cannot be written to loses the pulls, and nothing else comes of it", async () => {
  const { metadata, log, meter, pulls } = await open()
  await metadata.close()
  pulls.add(draftOf("a"))
  pulls.add(draftOf("b"))
  await pulls.flush()
  expect(meter.read().get("hook")?.lost).toBe(2)
  expect(log.messages("warn")).toEqual(["events of pulls were lost"])
})
