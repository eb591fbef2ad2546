import { afterEach, describe, expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import type { RegistryEvent } from "../domain/event.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { EventSink, SendResult } from "../ports/event-sink.ts"
import { newRepository } from "../ports/metadata/fixture.contract.ts"
import { createDeliveries } from "../services/deliveries.ts"
import { createEventMeter } from "../services/event-meter.ts"
import { startCouriers, type Courier } from "./deliver-events.ts"

const DELIVERED: SendResult = { kind: "delivered", status: 200 }
const REFUSED: SendResult = { kind: "refused", status: 503 }

const clock = { now: () => Date.now() }
const couriers: Courier[] = []
afterEach(async () => {
  for (const courier of couriers.splice(0)) await courier.stop()
})

interface EndpointOptions {
  name?: string
  threshold?: number
  backoffSeconds?: number
}

type Answer = (event: RegistryEvent, attempt: number) => SendResult | Promise<SendResult>

/** A sink that keeps what it was sent, and how many sends were under way at once. */
function createRecordingSink(answer: Answer) {
  const attempts: RegistryEvent[] = []
  let underWay = 0
  let most = 0
  const sink: EventSink = {
    send: async (event, signal) => {
      attempts.push(event)
      most = Math.max(most, ++underWay)
      const aborted = new Promise<SendResult>((resolve) => {
        signal.addEventListener("abort", () => resolve({ kind: "failed", reason: "aborted" }), { once: true })
      })
      const result = await Promise.race([answer(event, attempts.length), aborted])
      underWay--
      return result
    },
  }
  return { sink, attempts, ids: () => attempts.map(({ id }) => id), most: () => most }
}

async function open() {
  const metadata = await createMetadata({ path: ":memory:", clock })
  const log = createMemoryLogger()
  const meter = createEventMeter()
  let made = 0
  const start = (sink: EventSink, { name = "hook", threshold = 3, backoffSeconds = 0.05 }: EndpointOptions = {}) => {
    const rules = {
      recipients: [{ name, sink, threshold, backoffSeconds }],
      outbox: { maxWaiting: 10_000, maxAgeSeconds: 60, keepDeadSeconds: 60 },
    }
    const deliveries = createDeliveries({
      events: metadata.events,
      manifests: metadata.manifests,
      clock,
      log,
      meter,
      rules,
    })
    const courier = startCouriers({ deliveries, clock, log })
    couriers.push(courier)
    return { courier, deliveries, rules }
  }
  const put = async (repository: RepositoryName, count = 1): Promise<string[]> => {
    const events = Array.from({ length: count }, (): RegistryEvent => {
      return {
        id: `e${++made}`,
        at: made,
        action: "push",
        target: { kind: "manifest", repository },
        request: { id: "1", addr: "", host: "", method: "PUT", useragent: "" },
        source: { addr: "vm:5000", instanceID: "i" },
      }
    })
    await metadata.events.append({
      drafts: events.map((event) => ({ event, endpoints: ["hook"] })),
      maxWaiting: 10_000,
    })
    return events.map(({ id }) => id)
  }
  const waiting = async () => (await metadata.events.listCounts())[0]?.waiting ?? 0
  return { metadata, log, meter, start, put, waiting }
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await Bun.sleep(2)
}

describe("events of one endpoint", () => {
  test("of one repository are sent one after the other, in their order, and are gone then", async () => {
    const { start, put, waiting, meter } = await open()
    const repository = newRepository()
    const { sink, ids, most } = createRecordingSink(async () => {
      await Bun.sleep(1)
      return DELIVERED
    })
    const before = await put(repository, 20)
    start(sink)
    const after = await put(repository, 20)
    await until(async () => (await waiting()) === 0)
    expect(ids()).toEqual([...before, ...after])
    expect(most()).toBe(1)
    expect(meter.read().get("hook")?.successes).toBe(40)
  })

  test("of different repositories are sent side by side, four at most", async () => {
    const { start, put, waiting } = await open()
    const { sink, most } = createRecordingSink(async () => {
      await Bun.sleep(3)
      return DELIVERED
    })
    for (let count = 0; count < 10; count++) await put(newRepository(), 3)
    start(sink)
    await until(async () => (await waiting()) === 0)
    expect(most()).toBe(4)
  })

  test("are sent again, the same ones and in the same order, until they are taken", async () => {
    const { start, put, waiting, metadata } = await open()
    const repository = newRepository()
    const { sink, ids } = createRecordingSink((_event, attempt) => (attempt <= 2 ? REFUSED : DELIVERED))
    const [first = "", second = ""] = await put(repository, 2)
    start(sink)
    await until(async () => (await waiting()) === 0)
    expect(ids()).toEqual([first, first, first, second])
    expect(await metadata.events.listCounts()).toEqual([{ endpoint: "hook", waiting: 0, dead: 0 }])
  })

  test("an event that is never taken holds up its own repository alone", async () => {
    const { start, put, waiting } = await open()
    const [poisoned, sound] = [newRepository(), newRepository()]
    const { sink, attempts } = createRecordingSink((event) =>
      event.target.repository === poisoned ? REFUSED : DELIVERED,
    )
    const [poison = ""] = await put(poisoned, 2)
    start(sink)
    for (let count = 0; count < 10; count++) await put(sound)
    await until(async () => (await waiting()) === 2)
    expect(attempts.filter(({ target }) => target.repository === poisoned).every(({ id }) => id === poison)).toBe(true)
  })

  test("are found when a server starts after another one has ended before it sent them", async () => {
    const { start, put, waiting } = await open()
    const repository = newRepository()
    const never = createRecordingSink(() => new Promise<SendResult>(() => undefined))
    const { courier } = start(never.sink)
    const expected = await put(repository, 3)
    await until(() => never.attempts.length > 0)
    await courier.stop()
    expect(await waiting()).toBe(3)
    const { sink, ids } = createRecordingSink(() => DELIVERED)
    start(sink)
    await until(async () => (await waiting()) === 0)
    expect(ids()).toEqual(expected)
  })
})

describe("an endpoint that fails", () => {
  test("is left alone after `threshold` failures in a row, and then tried with one event at a time", async () => {
    const { start, put, log } = await open()
    const times: number[] = []
    const { sink, most } = createRecordingSink(() => {
      times.push(Date.now())
      return REFUSED
    })
    await put(newRepository(), 3)
    start(sink, { threshold: 2, backoffSeconds: 0.2 })
    await until(() => times.length >= 4)
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    // The second attempt comes soon; before each further one lies the whole backoff.
    expect(gaps.slice(1).every((gap) => gap >= 195)).toBe(true)
    expect(most()).toBe(1)
    expect(log.messages("warn").length).toBeGreaterThan(0)
  })

  test("gets everything when it is well again, and the log says so", async () => {
    const { start, put, waiting, log } = await open()
    let isDown = true
    const { sink } = createRecordingSink(() => (isDown ? REFUSED : DELIVERED))
    for (let count = 0; count < 20; count++) await put(newRepository(), 2)
    start(sink)
    await until(() => log.messages("warn").length > 0)
    isDown = false
    await until(async () => (await waiting()) === 0)
    expect(log.messages("info")).toContain("an endpoint takes events again")
  })

  test("is tried again after its rest, also when that ends while the courier still looks for others", async () => {
    const { put, start, waiting } = await open()
    const begun = Promise.withResolvers<void>()
    const { sink } = createRecordingSink(async (_event, attempt) => {
      await begun.promise
      return attempt === 1 ? REFUSED : DELIVERED
    })
    const { courier, deliveries } = start(sink)
    await courier.stop()
    await put(newRepository())
    let passedMs = 0
    let ends = 0
    const findLane: typeof deliveries.findLane = async (endpoint, after) => {
      const found = await deliveries.findLane(endpoint, after)
      if (found !== undefined) return found
      ends++
      // The list ended in the first look, and twice in the second one: the courier waits, and the endpoint may answer.
      if (ends === 3) begun.resolve()
      // And twice in the third one, which has left the repository out: its rest ends now.
      if (ends === 5) passedMs = 60_000
      return found
    }
    const late = { now: () => Date.now() + passedMs }
    couriers.push(startCouriers({ deliveries: { ...deliveries, findLane }, clock: late, log: createMemoryLogger() }))
    await until(async () => (await waiting()) === 0)
    expect(passedMs).toBe(60_000)
  })

  test("more repositories than may rest at once do not stop the others for good", async () => {
    const { start, put, waiting } = await open()
    const repositories = Array.from({ length: 80 }, newRepository)
    const failed = new Set<RepositoryName>()
    const { sink } = createRecordingSink(({ target }) => {
      if (failed.has(target.repository)) return DELIVERED
      failed.add(target.repository)
      return REFUSED
    })
    for (const repository of repositories) await put(repository)
    start(sink, { threshold: 1000, backoffSeconds: 0.02 })
    await until(async () => (await waiting()) === 0)
    expect(failed.size).toBe(80)
  })
})

describe("endpoints that change while the server runs", () => {
  const replace = (sink: EventSink, name = "hook") => [{ name, sink, threshold: 1, backoffSeconds: 3600 }]

  test("an endpoint that rests after failures is tried at once when it was changed", async () => {
    const { start, put, waiting } = await open()
    const [expected = ""] = await put(newRepository())
    const wrong = createRecordingSink(() => REFUSED)
    const { courier, rules } = start(wrong.sink, { threshold: 1, backoffSeconds: 3600 })
    await until(() => wrong.attempts.length === 1)
    const right = createRecordingSink(() => DELIVERED)
    rules.recipients = replace(right.sink)
    courier.refresh()
    await until(async () => (await waiting()) === 0)
    expect([wrong.attempts.length, right.ids()]).toEqual([1, [expected]])
  })

  test("a request under way ends as it began, also when its endpoint is removed or changed meanwhile", async () => {
    const { start, put, waiting, metadata } = await open()
    const [first = "", second = ""] = await put(newRepository(), 2)
    let answer: (result: SendResult) => void = () => undefined
    const slow = createRecordingSink(() => new Promise((resolve) => (answer = resolve)))
    const { courier, rules, deliveries } = start(slow.sink)
    await until(() => slow.attempts.length === 1)
    rules.recipients = []
    courier.refresh()
    answer(DELIVERED)
    await until(async () => (await waiting()) === 1)
    await deliveries.tidy()
    expect(await metadata.events.listCounts()).toEqual([{ endpoint: "hook", waiting: 0, dead: 1 }])
    const next = createRecordingSink(() => DELIVERED)
    rules.recipients = replace(next.sink)
    courier.refresh()
    expect(await deliveries.replay("hook")).toBe(1)
    await until(() => next.attempts.length === 1)
    expect([slow.ids(), next.ids()]).toEqual([[first], [second]])
  })

  test("an endpoint that is added gets what waits for it", async () => {
    const { start, put } = await open()
    const { courier, rules } = start(createRecordingSink(() => DELIVERED).sink, { name: "other" })
    const [expected = ""] = await put(newRepository())
    const added = createRecordingSink(() => DELIVERED)
    rules.recipients = [...rules.recipients, ...replace(added.sink)]
    courier.refresh()
    await until(() => added.attempts.length === 1)
    expect(added.ids()).toEqual([expected])
  })
})

test("what is too old is given up and can be replayed; so is what waits for an endpoint that is gone", async () => {
  const { metadata, put, start, log, meter } = await open()
  const repository = newRepository()
  const [id = ""] = await put(repository)
  const { sink, ids } = createRecordingSink(() => DELIVERED)
  const { deliveries, courier } = start(sink, { name: "other" })
  await courier.stop()
  await deliveries.tidy()
  expect(await metadata.events.listCounts()).toEqual([{ endpoint: "hook", waiting: 0, dead: 1 }])
  expect(log.messages("warn")).toEqual(["events wait for an endpoint that is no longer configured"])
  expect(meter.read().get("hook")?.dead).toBe(1)
  expect(await metadata.events.replay({ endpoint: "hook", limit: 10 })).toBe(1)
  start(sink)
  await until(() => ids().length === 1)
  expect(ids()).toEqual([id])
})
