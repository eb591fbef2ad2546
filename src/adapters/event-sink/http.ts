import { createHmac } from "node:crypto"
import type { EventFormat, RegistryEvent } from "../../domain/event.ts"
import type { EventSink, SendResult } from "../../ports/event-sink.ts"
import { formatEvent } from "./payload.ts"

export interface HttpEventSinkOptions {
  url: string
  headers: Readonly<Record<string, readonly string[]>>
  timeoutSeconds: number
  format: EventFormat
  /** Set: every request carries an HMAC-SHA256 of its body under this key. */
  hmacKey: string | undefined
}

/** `sha256=<hex>`, as GitHub's `X-Hub-Signature-256`. */
const SIGNATURE = "X-Berth-Signature-256"
const MOST_REDIRECTS = 10
/** Answers that name the place where the same request is to be made. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308])

/**
 * Posts events. As with distribution every answer of 2xx and 3xx means that the event was taken. A redirect is followed
 * with the event, never with an empty GET; the configured headers, which may hold a password, go to the endpoint's own
 * origin alone.
 */
export function createHttpEventSink(options: HttpEventSinkOptions): EventSink {
  const origin = new URL(options.url).origin
  const own = Object.entries(options.headers).map(([name, values]) => [name, values.join(", ")] as const)

  function describeRequest(event: RegistryEvent): { body: string; headers: (url: URL) => Headers } {
    const { contentType, body } = formatEvent(event, options.format)
    const signature = options.hmacKey && createHmac("sha256", options.hmacKey).update(body).digest("hex")
    const headers = (url: URL) => {
      const all = new Headers({ "Content-Type": contentType, "User-Agent": "berth" })
      if (signature !== undefined) all.set(SIGNATURE, `sha256=${signature}`)
      if (url.origin === origin) for (const [name, value] of own) all.set(name, value)
      return all
    }
    return { body, headers }
  }

  async function post(event: RegistryEvent, signal: AbortSignal): Promise<SendResult> {
    const { body, headers } = describeRequest(event)
    let url = new URL(options.url)
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      // The runtime's fetch opens files as well.
      if (!/^https?:$/.test(url.protocol)) return { kind: "failed", reason: `redirected to ${url.protocol}` }
      const answer = await fetch(url, { method: "POST", headers: headers(url), body, redirect: "manual", signal })
      // Whatever the answer says besides is of no interest, and may have no end.
      await answer.body?.cancel()
      const { status } = answer
      const location = REDIRECTS.has(status) ? answer.headers.get("location") : null
      if (location === null) return { kind: status >= 200 && status < 400 ? "delivered" : "refused", status }
      url = new URL(location, url)
    }
    return { kind: "failed", reason: `more than ${MOST_REDIRECTS} redirects` }
  }

  return {
    send: async (event, signal) => {
      const timeout = AbortSignal.timeout(Math.max(1, options.timeoutSeconds * 1000))
      try {
        return await post(event, AbortSignal.any([timeout, signal]))
      } catch (error) {
        if (timeout.aborted) return { kind: "failed", reason: `no answer within ${options.timeoutSeconds} s` }
        return { kind: "failed", reason: describe(error) }
      }
    },
  }
}

/** What usually happens; the runtime's words for it are meant for programmers. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was closed before the answer",
  ETIMEDOUT: "no connection in time",
}

/** In our words, else in the runtime's; with the code, once. Neither holds the URL or a header. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return "the request failed"
  const code = "code" in error && typeof error.code === "string" ? error.code : ""
  const message = FAILURES[code] ?? error.message.slice(0, 200)
  return code === "" || message.includes(code) ? message : `${message} (${code})`
}
