import { expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createPrometheusMetrics } from "../adapters/metrics/prometheus.ts"
import { IncomingRequest } from "./incoming-request.ts"
import { createRequestMetrics } from "./request-metrics.ts"

function receive(method: string, headers: Record<string, string> = {}) {
  const request = new Request("http://localhost/v2/a/blobs/uploads/", { method, headers })
  const around = { ids: { create: () => "id" }, log: createMemoryLogger() }
  return new IncomingRequest(request, { address: "" }, around)
}

async function print(metrics: ReturnType<typeof createPrometheusMetrics>): Promise<string[]> {
  return (await metrics.print()).text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
}

test("a request is counted under distribution's name of its route, with code, method and sizes", async () => {
  const metrics = createPrometheusMetrics()
  const observer = createRequestMetrics(metrics)
  const incoming = receive("POST", { "content-length": "5000" })
  incoming.kind = "uploads"
  incoming.answerBytes = 70
  observer.begin?.(incoming)
  expect(await print(metrics)).toContain('registry_http_in_flight_requests{handler="blob_upload"} 1')
  observer.end(incoming, new Response(null, { status: 202 }))
  const lines = await print(metrics)
  expect(lines).toContain('registry_http_in_flight_requests{handler="blob_upload"} 0')
  expect(lines).toContain('registry_http_requests_total{code="202",handler="blob_upload",method="post"} 1')
  expect(lines).toContain('registry_http_request_duration_seconds_count{handler="blob_upload",method="post"} 1')
  expect(lines).toContain('registry_http_request_size_bytes_bucket{le="4096",handler="blob_upload"} 0')
  expect(lines).toContain('registry_http_request_size_bytes_bucket{le="8192",handler="blob_upload"} 1')
  expect(lines).toContain('registry_http_response_size_bytes_sum{handler="blob_upload"} 70')
})

test("a path that leads nowhere is counted without becoming a label", async () => {
  const metrics = createPrometheusMetrics()
  createRequestMetrics(metrics).end(receive("GET"), new Response(null, { status: 404 }))
  const lines = await print(metrics)
  expect(lines).toContain('registry_http_requests_total{code="404",handler="unknown",method="get"} 1')
  expect(lines.filter((line) => line.startsWith("registry_http_in_flight_requests{")).join()).not.toContain("unknown")
})
