import type { App } from "./app.ts"
import { IncomingRequest, type IncomingRequestOptions } from "./incoming-request.ts"
import type { RequestObserver } from "./observer.ts"

/** What decides whether requests are to be sent here. */
export interface Readiness {
  /** `false`: a health check fails. */
  isHealthy: () => boolean
  /** A stop has begun. */
  isStopping: () => boolean
}

const PLAIN = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" }

const UNHEALTHY = `${JSON.stringify({
  errors: [
    { code: "UNAVAILABLE", message: "service unavailable", detail: "health check failed: please see /debug/health" },
  ],
})}\n`

/** Answers /livez and /readyz, to everybody and in no log. `undefined`: the path is another. */
export function answerProbe(path: string, { isHealthy, isStopping }: Readiness): Response | undefined {
  // Whoever asks is answered: a restart would help against nothing that is known here.
  if (path === "/livez") return new Response("ok\n", { headers: PLAIN })
  if (path !== "/readyz") return undefined
  const reason = isStopping() ? "stopping" : isHealthy() ? undefined : "unhealthy"
  return new Response(`${reason ?? "ok"}\n`, { status: reason === undefined ? 200 : 503, headers: PLAIN })
}

interface Watch extends IncomingRequestOptions {
  /** Sees what is answered in the registry's place, as it sees the registry's own answers. */
  observer: RequestObserver
}

/** Puts the probes before the registry, and answers 503 in its place while it is unhealthy, as distribution does. */
export function withReadiness(app: App, readiness: Readiness, watch: Watch): App {
  return async (request, connection) => {
    const { url } = request
    // Nearly no path of the registry ends so: others are not looked at.
    const probe = url.endsWith("z") ? answerProbe(pathOf(url), readiness) : undefined
    if (probe !== undefined) return probe
    if (readiness.isHealthy()) return app(request, connection)
    const incoming = new IncomingRequest(request, connection, watch)
    const response = answerUnhealthy()
    watch.observer.end(incoming, response)
    return response
  }
}

function answerUnhealthy(): Response {
  const headers = { "Content-Type": "application/json", "Content-Length": `${UNHEALTHY.length}`, "Retry-After": "10" }
  return new Response(UNHEALTHY, { status: 503, headers })
}

function pathOf(url: string): string {
  return url.startsWith("/") ? url : url.slice(url.indexOf("/", url.indexOf("://") + 3))
}
