import type { RequestTrace, Tracer } from "../ports/tracer.ts"
import type { RouteKind } from "./distribution/route.ts"
import type { IncomingRequest } from "./incoming-request.ts"
import { countAnswerBytes, type RequestObserver } from "./observer.ts"

const ROUTES: Partial<Record<RouteKind, string>> = {
  root: "/",
  base: "/v2/",
  catalog: "/v2/_catalog",
  tags: "/v2/{name}/tags/list",
  referrers: "/v2/{name}/referrers/{digest}",
  manifest: "/v2/{name}/manifests/{reference}",
  blob: "/v2/{name}/blobs/{digest}",
  uploads: "/v2/{name}/blobs/uploads/",
  upload: "/v2/{name}/blobs/uploads/{id}",
}

/** Makes one span of each request, under the names of OpenTelemetry's conventions for HTTP servers. */
export function createRequestTraces(tracer: Tracer): RequestObserver {
  return { end: (incoming, response) => tracer.record(describeTrace(incoming, response)) }
}

function describeTrace(incoming: IncomingRequest, response: Response): RequestTrace {
  const { request, kind, startedAt } = incoming
  const { headers, method } = request
  const route = kind === undefined ? undefined : ROUTES[kind]
  const { status } = response
  const attributes: RequestTrace["attributes"] = {
    "http.request.method": method,
    // Without the query, which may hold anything.
    "url.path": pathOf(request.url),
    "url.scheme": request.url.startsWith("https:") ? "https" : "http",
    "http.response.status_code": status,
    "http.response.body.size": countAnswerBytes(incoming, response),
    "client.address": incoming.address,
    "http.request.id": incoming.requestId,
  }
  const host = headers.get("host")
  const agent = headers.get("user-agent")
  if (route !== undefined) attributes["http.route"] = route
  if (host !== null) attributes["server.address"] = host.replace(/:\d+$/, "")
  if (agent !== null) attributes["user_agent.original"] = agent
  if (status >= 500) attributes["error.type"] = String(status)
  return {
    name: route === undefined ? method : `${method} ${route}`,
    startedAt: performance.timeOrigin + startedAt,
    endedAt: performance.timeOrigin + performance.now(),
    traceparent: headers.get("traceparent"),
    tracestate: headers.get("tracestate"),
    attributes,
    isFailure: status >= 500,
  }
}

function pathOf(url: string): string {
  const path = url.startsWith("/") ? url : url.slice(url.indexOf("/", url.indexOf("://") + 3))
  return path.split("?", 1)[0] ?? path
}
