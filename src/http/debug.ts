import type { App } from "./app.ts"
import { answerProbe, type Readiness } from "./readiness.ts"

interface DebugOptions {
  readiness: Readiness
  /** Name of each failing check, and what is wrong. */
  describeFailing: () => Record<string, string>
  /** Where Prometheus finds the metrics; `undefined`: there are none. */
  metrics: { path: string; print(): Promise<{ text: string; contentType: string }> } | undefined
  /** What /debug/vars shows. */
  describeVariables: () => Record<string, unknown>
}

/** What operators ask on an address of its own (`http.debug`). Nobody logs in here, so nothing in here is secret. */
export function createDebugApp({ readiness, describeFailing, metrics, describeVariables }: DebugOptions): App {
  async function answer(path: string): Promise<Response> {
    if (path === "/debug/health") {
      const failing = describeFailing()
      return respondJson(failing, Object.keys(failing).length === 0 ? 200 : 503)
    }
    if (path === "/debug/vars") return respondJson(describeVariables(), 200)
    if (path === metrics?.path) {
      const { text, contentType } = await metrics.print()
      return new Response(text, { headers: { "Content-Type": contentType } })
    }
    return answerProbe(path, readiness) ?? new Response("404 page not found\n", { status: 404 })
  }

  return (request) => {
    if (request.method === "GET" || request.method === "HEAD") return answer(new URL(request.url).pathname)
    return Promise.resolve(new Response("405 method not allowed\n", { status: 405, headers: { Allow: "GET, HEAD" } }))
  }
}

function respondJson(value: unknown, status: number): Response {
  const headers = { "Content-Type": "application/json; charset=utf-8" }
  return new Response(JSON.stringify(value), { status, headers })
}
