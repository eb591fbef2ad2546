import { expect, test } from "bun:test"
import { RegistryError } from "../domain/errors.ts"
import { createLogger } from "../adapters/logger/stderr.ts"
import { createAccessLines, createAnswerLog } from "./access-log.ts"
import { IncomingRequest } from "./incoming-request.ts"

const clock = { now: () => Date.UTC(2026, 10, 22, 9, 5, 7) }

function receive(path: string, options: { method?: string; headers?: Record<string, string>; user?: string } = {}) {
  const { method = "GET", headers = {}, user } = options
  const request = new Request(`http://localhost:5000${path}`, {
    method,
    headers: { host: "localhost:5000", ...headers },
  })
  const log = createLogger({ level: "info", formatter: "text" })
  const incoming = new IncomingRequest(
    request,
    { address: "192.0.2.1", port: 40_123 },
    { ids: { create: () => "id-1" }, log },
  )
  if (user !== undefined) incoming.actor = { id: user, quotaKey: user }
  return incoming
}

function writeLine(incoming: IncomingRequest, response: Response): string {
  const lines: string[] = []
  createAccessLines({ clock, write: (line) => void lines.push(line) }).end(incoming, response)
  expect(lines).toHaveLength(1)
  return lines[0] ?? ""
}

function logAnswer(incoming: IncomingRequest, response: Response, level: "info" | "warn" = "info") {
  let written = ""
  const write = (bytes: Uint8Array) => {
    written += Buffer.from(bytes).toString()
    return bytes.byteLength
  }
  const log = createLogger({ level, formatter: "json", write })
  createAnswerLog(log, () => log.writes("info")).end(incoming, response)
  log.flush()
  return written === "" ? undefined : (JSON.parse(written) as Record<string, unknown>)
}

test("a line of access has the combined form", () => {
  const incoming = receive("/v2/_catalog?n=3", { headers: { "user-agent": "curl/7.88.1", referer: "https://a/" } })
  incoming.answerBytes = 20
  expect(writeLine(incoming, new Response())).toBe(
    '192.0.2.1 - - [22/Nov/2026:09:05:07 +0000] "GET /v2/_catalog?n=3 HTTP/1.1" 200 20 "https://a/" "curl/7.88.1"',
  )
})

test("it names the user, and a HEAD's answer has no bytes", () => {
  const incoming = receive("/", { method: "HEAD", user: 'al"ice\n' })
  incoming.answerBytes = 20
  expect(writeLine(incoming, new Response())).toContain(
    '- al_ice_ [22/Nov/2026:09:05:07 +0000] "HEAD / HTTP/1.1" 200 0 ',
  )
})

test("nothing that a client sends ends the quoted parts of a line or commands a terminal", () => {
  const line = writeLine(receive("/", { headers: { "user-agent": 'a" \\\u009b2J\tb' } }), new Response())
  expect(line).toEndWith(String.raw`"a\" \\\u009b2J\u0009b"`)
})

test("what looks like a secret in a query is left out", () => {
  const line = writeLine(receive("/v2/?a=1&access_token=abc&Password=x&n=2"), new Response())
  expect(line).toContain('"GET /v2/?a=1&access_token=[redacted]&Password=[redacted]&n=2 HTTP/1.1"')
})

test("an answer is logged under distribution's names", () => {
  const incoming = receive("/v2/a/manifests/b", { headers: { "user-agent": "curl/7.88.1" }, user: "alice" })
  incoming.answerBytes = 7
  expect(logAnswer(incoming, new Response())).toEqual({
    "auth.user.name": "alice",
    "http.request.host": "localhost:5000",
    "http.request.id": "id-1",
    "http.request.method": "GET",
    "http.request.remoteaddr": "192.0.2.1:40123",
    "http.request.uri": "/v2/a/manifests/b",
    "http.request.useragent": "curl/7.88.1",
    "http.response.duration": expect.stringMatching(/^\d+\.\d{3}ms$/),
    "http.response.status": 200,
    "http.response.written": 7,
    level: "info",
    msg: "response completed",
    time: expect.any(String),
  })
  expect(logAnswer(incoming, new Response(), "warn")).toBeUndefined()
})

test("an error of the client is told at the level info, one of the server as an error", () => {
  const incoming = receive("/v2/a/manifests/b")
  incoming.failure = new RegistryError("MANIFEST_UNKNOWN", "manifest unknown")
  const absent = logAnswer(incoming, new Response("", { status: 404, headers: { "content-length": "91" } }))
  expect(absent).toMatchObject({
    level: "info",
    msg: "response completed with error",
    "err.message": "manifest unknown",
  })
  expect(absent).toMatchObject({ "err.code": "MANIFEST_UNKNOWN", "http.response.written": 91 })
  incoming.failure = new TypeError("a path of this machine")
  const failed = logAnswer(incoming, new Response("", { status: 500 }))
  expect(failed).toMatchObject({ level: "error", "err.code": "UNKNOWN", "err.message": "unknown error" })
})
