import { expect, test } from "bun:test"
import { createDebugApp } from "./debug.ts"

function open(withMetrics = true) {
  const failing: Record<string, string> = {}
  const app = createDebugApp({
    readiness: { isHealthy: () => Object.keys(failing).length === 0, isStopping: () => false },
    describeFailing: () => failing,
    metrics: withMetrics
      ? { path: "/numbers", print: async () => ({ text: "a 1\n", contentType: "text/plain; version=0.0.4" }) }
      : undefined,
    describeVariables: () => ({ version: "1" }),
  })
  const ask = async (path: string, method = "GET") => {
    const response = await app(new Request(`http://localhost${path}`, { method }), { address: "" })
    return `${response.status} ${(await response.text()).trim()}`
  }
  return { failing, ask }
}

test("/debug/health gives an empty object, or 503 with the checks that fail", async () => {
  const { failing, ask } = open()
  expect(await ask("/debug/health")).toBe("200 {}")
  failing["/tmp/down"] = "file exists"
  expect(await ask("/debug/health")).toBe('503 {"/tmp/down":"file exists"}')
  expect(await ask("/readyz")).toBe("503 unhealthy")
  expect(await ask("/livez")).toBe("200 ok")
})

test("the metrics are under the path that is configured, and nowhere where they are off", async () => {
  expect(await open().ask("/numbers?x=1")).toBe("200 a 1")
  expect(await open().ask("/metrics")).toBe("404 404 page not found")
  expect(await open(false).ask("/numbers")).toBe("404 404 page not found")
})

test("nothing is changed here", async () => {
  expect(await open().ask("/debug/health", "POST")).toBe("405 405 method not allowed")
  expect(await open().ask("/debug/vars")).toBe('200 {"version":"1"}')
})
