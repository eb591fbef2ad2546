import { STATUS_CODES } from "node:http"
import { HTTPException } from "hono/http-exception"
import type { Problem } from "../../contract/problem.ts"
import { RegistryError, isRegistryError } from "../../domain/errors.ts"
import type { RequestContext } from "../../services/request-context.ts"
import { statusOf } from "../error-response.ts"

/** RFC 9457. What nobody foresaw is told by its request's id alone; the log has the rest. */
export function toProblemResponse(thrown: unknown, { requestId, log, signal }: RequestContext): Response {
  const error = thrown instanceof HTTPException ? toRegistryError(thrown) : thrown
  if (!isRegistryError(error)) {
    if (!signal.aborted) log.error("a request failed", { requestId, error })
    return answer({ code: "UNKNOWN", status: 500, detail: "it failed unexpectedly: the log says why", requestId })
  }
  if (error.code === "STORAGE_FAILED" || error.code === "STORAGE_FULL") {
    log.error(error.message, { requestId, cause: String(error.cause) })
  }
  const context = error.detail === undefined ? {} : { context: error.detail }
  return answer({ code: error.code, status: statusOf(error.code), detail: error.message, requestId, ...context })
}

/** What the framework refuses by itself: a body that is not what the route describes. */
function toRegistryError({ status, message }: HTTPException): RegistryError {
  if (status !== 415) return new RegistryError("REQUEST_INVALID", `request: ${message}`)
  return new RegistryError("MEDIA_TYPE_UNSUPPORTED", "the body's Content-Type is not application/json")
}

function answer(problem: Omit<Problem, "type" | "title">): Response {
  const { status } = problem
  const body: Problem = { type: "about:blank", title: STATUS_CODES[status] ?? "", ...problem }
  return new Response(`${JSON.stringify(body)}\n`, { status, headers: { "Content-Type": "application/problem+json" } })
}
