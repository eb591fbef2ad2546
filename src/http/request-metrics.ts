import type { Metrics } from "../ports/metrics.ts"
import type { RouteKind } from "./distribution/route.ts"
import { countAnswerBytes, type RequestObserver } from "./observer.ts"
import { parseContentLength } from "./request-body.ts"

/** distribution's names of routes, where it has one of ours under another. */
const HANDLERS: Partial<Record<RouteKind, string>> = { uploads: "blob_upload", upload: "blob_upload_chunk" }
const SHOWN_ALWAYS = ["base", "blob", "blob_upload", "blob_upload_chunk", "catalog", "manifest", "tags"]
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60]
/** 1 KiB to 2 GiB. */
const SIZES = Array.from({ length: 22 }, (_, power) => 1024 * 2 ** power)

type Counters = Record<"total" | "seconds" | "requestBytes" | "responseBytes", (value: number) => void>

/** Counts requests under the names, labels and buckets of distribution's metrics. */
export function createRequestMetrics(metrics: Metrics): RequestObserver {
  const total = metrics.createCounter({
    name: "registry_http_requests_total",
    help: "Total number of HTTP requests made.",
    labels: ["code", "handler", "method"],
  })
  const seconds = metrics.createHistogram({
    name: "registry_http_request_duration_seconds",
    help: "The HTTP request latencies in seconds.",
    labels: ["handler", "method"],
    buckets: DURATIONS,
  })
  const requestBytes = metrics.createHistogram({
    name: "registry_http_request_size_bytes",
    help: "The HTTP request sizes in bytes.",
    labels: ["handler"],
    buckets: SIZES,
  })
  const responseBytes = metrics.createHistogram({
    name: "registry_http_response_size_bytes",
    help: "The HTTP response sizes in bytes.",
    labels: ["handler"],
    buckets: SIZES,
  })
  const inFlight = metrics.createGauge({
    name: "registry_http_in_flight_requests",
    help: "The in-flight HTTP requests",
    labels: ["handler"],
  })

  // As in distribution, these are there before the first request.
  for (const handler of SHOWN_ALWAYS) inFlight(handler)(0)

  /** Looked up once for each kind of request and answer: finding each number anew costs more than counting. */
  const known = new Map<string, Counters>()
  function find(handler: string, method: string, status: number): Counters {
    const key = `${handler} ${method} ${status}`
    const found = known.get(key)
    if (found !== undefined) return found
    const fresh = {
      total: total(String(status), handler, method),
      seconds: seconds(handler, method),
      requestBytes: requestBytes(handler),
      responseBytes: responseBytes(handler),
    }
    known.set(key, fresh)
    return fresh
  }

  return {
    begin: ({ kind }) => inFlight(nameHandler(kind))(1),
    end: (incoming, response) => {
      const { kind, request, startedAt } = incoming
      const handler = nameHandler(kind)
      // The runtime knows a fixed set of methods: what a client makes up does not become a label.
      const method = request.method.toLowerCase()
      // Where no route was found the request never began.
      if (kind !== undefined) inFlight(handler)(-1)
      const counters = find(handler, method, response.status)
      counters.total(1)
      counters.seconds((performance.now() - startedAt) / 1000)
      counters.requestBytes(parseContentLength(request) ?? 0)
      counters.responseBytes(countAnswerBytes(incoming, response))
    },
  }
}

function nameHandler(kind: RouteKind | undefined): string {
  if (kind === undefined) return "unknown"
  return HANDLERS[kind] ?? kind.replaceAll("-", "_")
}
