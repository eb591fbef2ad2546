import { expect, test } from "bun:test"
import { waitUntil } from "../../operations/wait.ts"
import { startBerth } from "../../support/berth.ts"
import { readEnvelopes, type ReceivedEvent } from "../../support/event-receiver.ts"
import { digestOf } from "../content.ts"
import { createRandom } from "../random.ts"
import { startTcpProxy, TROUBLES } from "./tcp-proxy.ts"

const seed = Number(process.env["FAULTS_SEED"] ?? Date.now() % 2 ** 31)
const REPOSITORIES = ["net/a", "net/b"]
const PUSHES = 10

test("whatever happens to its connections, an endpoint is told of everything, in order, and nobody waits for it", async () => {
  const received: ReceivedEvent[] = []
  using endpoint = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      received.push({ headers: request.headers, body: await request.text() })
      // Each event on a connection of its own, so that each meets its own trouble.
      return new Response(null, { headers: { Connection: "close" } })
    },
  })
  const random = createRandom(seed)
  // Each trouble once, in an order that the seed draws, then some more, and most connections do well.
  const first = TROUBLES.toSorted(() => random.below(3) - 1)
  const draw = () => first.pop() ?? (random.chance(0.3) ? random.pick(TROUBLES) : undefined) ?? "none"
  await using proxy = await startTcpProxy(endpoint.port ?? 0, draw)
  const hook = { name: "hook", url: `http://127.0.0.1:${proxy.port}/`, timeout: "300ms", threshold: 3, backoff: "50ms" }
  await using berth = await startBerth({ config: { notifications: { endpoints: [hook] } } })
  const pushed = new Map<string, string[]>()
  for (let each = 0; each < PUSHES; each++) {
    for (const repository of REPOSITORIES) {
      const body = `${repository} ${each}`
      const digest = digestOf(body)
      const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`
      const signal = AbortSignal.timeout(30_000)
      expect((await fetch(berth.url + path, { method: "POST", body, signal })).status).toBe(201)
      pushed.set(repository, [...(pushed.get(repository) ?? []), digest])
    }
  }
  const listFirst = (repository: string): string[] => {
    const told = readEnvelopes(received).filter(({ target }) => target.repository === repository)
    return [...new Set(told.map(({ target }) => target.digest ?? ""))]
  }
  await waitUntil("the delivery", () => REPOSITORIES.every((each) => listFirst(each).length === PUSHES))
  console.log(`network: seed ${seed}: ${[...proxy.met].map(([trouble, count]) => `${trouble} ${count}`).join(", ")}`)
  for (const repository of REPOSITORIES) expect(listFirst(repository)).toEqual(pushed.get(repository) ?? [])
  expect(TROUBLES.filter((trouble) => !proxy.met.has(trouble))).toEqual([])
})
