import { isRegistryError } from "../domain/errors.ts"
import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
import type { IncomingRequest } from "./incoming-request.ts"
import { countAnswerBytes, type RequestObserver } from "./observer.ts"

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const NO_PLAIN_USER = /[^\w.@+:/-]/g
const SECRET_PARAMETER = /([?&][^=&]*(?:token|secret|password|signature|credential|authorization)[^=&]*=)[^&]*/gi
// What would end the quoted part, or command a terminal.
// oxlint-disable-next-line no-control-regex
const NOT_QUOTABLE = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

interface AccessLineOptions {
  clock: Clock
  /** Takes a line without its end. */
  write: (line: string) => void
}

/** Writes a line for each request in the combined form of Apache, as distribution does on its standard output. */
export function createAccessLines({ clock, write }: AccessLineOptions): RequestObserver {
  const now = createTimestamp(clock)
  return {
    end: (incoming, response) => {
      const { headers, method } = incoming.request
      const referrer = quotable(headers.get("referer"))
      const agent = quotable(headers.get("user-agent"))
      // The runtime does not tell the version that a request came by.
      const request = `${method} ${quotable(describeUri(incoming.request.url))} HTTP/1.1`
      const answer = `${response.status} ${countAnswerBytes(incoming, response)}`
      write(
        `${incoming.address || "-"} - ${describeUser(incoming)} [${now()}] "${request}" ${answer} "${referrer}" "${agent}"`,
      )
    },
  }
}

/** Logs the end of each request under the names of distribution's fields. What went wrong on our side is an error. */
export function createAnswerLog(log: Logger, isWritten: () => boolean): RequestObserver {
  return {
    end: (incoming, response) => {
      if (!isWritten()) return
      const fields = describeAnswer(incoming, response)
      const { failure } = incoming
      if (failure === undefined) return log.info("response completed", fields)
      const error = {
        "err.code": isRegistryError(failure) ? failure.code : "UNKNOWN",
        "err.message": describe(failure),
      }
      // A client that asks for what is not there is everyday life; distribution calls that an error.
      const level = response.status >= 500 ? "error" : "info"
      log[level]("response completed with error", { ...fields, ...error })
    },
  }
}

function describeAnswer(incoming: IncomingRequest, response: Response): Record<string, unknown> {
  const { request } = incoming
  const fields: Record<string, unknown> = {
    "http.request.host": request.headers.get("host") ?? "",
    "http.request.id": incoming.requestId,
    "http.request.method": request.method,
    "http.request.remoteaddr": incoming.client,
    "http.request.uri": describeUri(request.url),
    "http.request.useragent": request.headers.get("user-agent") ?? "",
    "http.response.duration": `${(performance.now() - incoming.startedAt).toFixed(3)}ms`,
    "http.response.status": response.status,
    "http.response.written": countAnswerBytes(incoming, response),
  }
  const user = incoming.actor.id
  if (user !== "anonymous") fields["auth.user.name"] = user
  return fields
}

/** Path and query as they came, but for what a client should not have put there. */
function describeUri(url: string): string {
  const uri = url.startsWith("/") ? url : url.slice(url.indexOf("/", url.indexOf("://") + 3))
  return uri.includes("?") ? uri.replaceAll(SECRET_PARAMETER, "$1[redacted]") : uri
}

function describeUser({ actor }: IncomingRequest): string {
  return actor.id === "anonymous" ? "-" : actor.id.replaceAll(NO_PLAIN_USER, "_")
}

function describe(failure: unknown): string {
  return isRegistryError(failure) ? failure.message : "unknown error"
}

function quotable(text: string | null): string {
  if (text === null) return ""
  return text.replaceAll(NOT_QUOTABLE, (each) =>
    each === '"' || each === "\\" ? `\\${each}` : `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

/** `22/Nov/2026:09:30:00 +0000`, made anew once a second. */
function createTimestamp(clock: Clock): () => string {
  let second = Number.NaN
  let text = ""
  return () => {
    const now = Math.floor(clock.now() / 1000)
    if (now === second) return text
    second = now
    const iso = new Date(now * 1000).toISOString()
    const month = MONTHS[Number(iso.slice(5, 7)) - 1]
    text = `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
    return text
  }
}
