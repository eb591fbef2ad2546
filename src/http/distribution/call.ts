import type { RepositoryName } from "../../domain/repository-name.ts"
import type { RequestContext } from "../../services/request-context.ts"

/** One request on its way through a handler. */
export interface Call {
  request: Request
  context: RequestContext & AnswerSize
  query: URLSearchParams
  repository: RepositoryName
  /** As the client wrote it; empty on routes that have none. */
  reference: string
  /** The absolute or relative URL of a path below `/v2/`. */
  locate(path: string): string
  /** Headers that every answer of the route has. */
  headers: Record<string, string>
}

interface AnswerSize {
  /** Set by handlers that know it: bytes of the body of the answer, for logs and metrics. */
  answerBytes?: number
}

export type Handler = (call: Call) => Promise<Response>

/** An answer without a body. */
export function respondEmpty(call: Call, status: number, headers: Record<string, string>): Response {
  // A 204 has no length; every other answer says that nothing follows.
  const length: Record<string, string> = status === 204 ? {} : { "Content-Length": "0" }
  return new Response(null, { status, headers: { ...call.headers, ...length, ...headers } })
}

export function respondJson(call: Call, value: unknown, headers: Record<string, string> = {}): Response {
  const text = `${JSON.stringify(value)}\n`
  call.context.answerBytes = Buffer.byteLength(text)
  return new Response(text, {
    headers: { ...call.headers, "Content-Type": "application/json", ...headers },
  })
}
