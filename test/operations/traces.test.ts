import { expect, test } from "bun:test"
import { startBerth } from "../support/berth.ts"
import { waitUntil } from "./wait.ts"

interface Span {
  name: string
  kind: number
  traceId: string
  spanId: string
  parentSpanId?: string
  startTimeUnixNano: string
  endTimeUnixNano: string
  status: { code?: number }
  attributes: Attribute[]
}
interface Attribute {
  key: string
  value: { stringValue?: string; intValue?: number }
}
interface Export {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[]
}

function startCollector() {
  const received: { headers: Headers; body: Export }[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      if (new URL(request.url).pathname !== "/v1/traces") return new Response(null, { status: 404 })
      received.push({ headers: request.headers, body: (await request.json()) as Export })
      return Response.json({})
    },
  })
  const resources = () => received.flatMap(({ body }) => body.resourceSpans)
  return {
    url: `http://127.0.0.1:${server.port}`,
    headers: () => received[0]?.headers,
    resource: () => read(resources()[0]?.resource.attributes),
    spans: () => resources().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    [Symbol.asyncDispose]: () => server.stop(true),
  }
}

const read = (attributes: Attribute[] = []): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))

test("each request is a span that goes on with the client's trace, and a stop sends the last ones", async () => {
  await using collector = startCollector()
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: "x-key=secret",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    OTEL_SERVICE_NAME: "registry",
    OTEL_BSP_SCHEDULE_DELAY: "60000",
  }
  const berth = await startBerth({ env })
  const headers = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, "user-agent": "test/1" }
  await fetch(`${berth.url}/v2/team/app/manifests/latest?token=secret`, { headers })
  await fetch(`${berth.url}/v2/_catalog`, { headers: { traceparent: "00-nonsense" } })
  await fetch(`${berth.url}/readyz`)
  expect(await berth.stop()).toBe(0)
  expect(collector.headers()?.get("x-key")).toBe("secret")
  expect(collector.resource()).toMatchObject({ "service.name": "registry", "deployment.environment.name": "test" })
  const spans = collector.spans()
  expect(spans.some(({ name }) => name.includes("readyz"))).toBe(false)
  const manifest = spans.find(({ name }) => name === "GET /v2/{name}/manifests/{reference}")
  expect(manifest).toMatchObject({ traceId: "a".repeat(32), parentSpanId: "b".repeat(16), kind: 2 })
  expect(read(manifest?.attributes)).toMatchObject({
    "http.request.method": "GET",
    "url.path": "/v2/team/app/manifests/latest",
    "http.route": "/v2/{name}/manifests/{reference}",
    "http.response.status_code": 404,
    "user_agent.original": "test/1",
    "server.address": "127.0.0.1",
  })
  const startedAt = Number(manifest?.startTimeUnixNano) / 1e6
  expect(Math.abs(startedAt - Date.now())).toBeLessThan(60_000)
  expect(Number(manifest?.endTimeUnixNano)).toBeGreaterThan(Number(manifest?.startTimeUnixNano))
  const catalog = spans.find(({ name }) => name === "GET /v2/_catalog")
  expect(catalog?.parentSpanId ?? "").toBe("")
})

test("a client whose trace is not recorded is followed", async () => {
  await using collector = startCollector()
  const berth = await startBerth({ env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` } })
  await fetch(`${berth.url}/v2/_catalog`, {
    headers: { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-00` },
  })
  await berth.stop()
  // The start was asked for by the test's own waiting.
  expect(collector.spans().map(({ name }) => name)).toContain("GET /v2/")
  expect(collector.spans().map(({ name }) => name)).not.toContain("GET /v2/_catalog")
})

test("without a collector requests are answered, a warning says so, and a stop does not wait for it", async () => {
  await using collector = startCollector()
  const { url } = collector
  await collector[Symbol.asyncDispose]()
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: "100", OTEL_EXPORTER_OTLP_TIMEOUT: "500" }
  const berth = await startBerth({ env })
  for (let count = 0; count < 20; count++) expect((await fetch(`${berth.url}/v2/`)).status).toBe(200)
  await waitUntil("the warning", () => berth.output().includes("traces could not be sent"))
  expect(await berth.stop()).toBe(0)
})
