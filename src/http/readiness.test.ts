import { expect, test } from "bun:test"
import { randomIds as ids } from "../adapters/ids/random.ts"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { withReadiness } from "./readiness.ts"

function open() {
  const state = { isHealthy: true, isStopping: false }
  const readiness = { isHealthy: () => state.isHealthy, isStopping: () => state.isStopping }
  const seen: number[] = []
  const observer = { end: (_: unknown, { status }: Response) => void seen.push(status) }
  const watch = { ids, log: createMemoryLogger(), observer }
  const app = withReadiness(async () => new Response("registry"), readiness, watch)
  const ask = async (path: string) => {
    const response = await app(new Request(`http://localhost:5000${path}`), { address: "" })
    return `${response.status} ${(await response.text()).trim()}`
  }
  return { state, ask, seen }
}

test("a healthy server is alive and ready, and lets everything else through", async () => {
  const { ask } = open()
  expect(await ask("/livez")).toBe("200 ok")
  expect(await ask("/readyz")).toBe("200 ok")
  expect(await ask("/v2/library/livez")).toBe("200 registry")
  expect(await ask("/v2/readyz?z")).toBe("200 registry")
})

test("one that stops is alive and not ready, and still answers", async () => {
  const { state, ask } = open()
  state.isStopping = true
  expect(await ask("/livez")).toBe("200 ok")
  expect(await ask("/readyz")).toBe("503 stopping")
  expect(await ask("/v2/")).toBe("200 registry")
})

test("an unhealthy one answers everything else with distribution's 503", async () => {
  const { state, ask, seen } = open()
  state.isHealthy = false
  expect(await ask("/livez")).toBe("200 ok")
  expect(await ask("/readyz")).toBe("503 unhealthy")
  const error = {
    code: "UNAVAILABLE",
    message: "service unavailable",
    detail: "health check failed: please see /debug/health",
  }
  for (const path of ["/", "/v2/", "/nothing"])
    expect(await ask(path)).toBe(`503 ${JSON.stringify({ errors: [error] })}`)
  // The probes are in no log.
  expect(seen).toEqual([503, 503, 503])
})
