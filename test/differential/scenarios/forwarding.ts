import type { RecordedRequest, Scenario } from "../request.ts"

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { "x-forwarded-proto": "https" },
  { "x-forwarded-host": "registry.example.com" },
  { "x-forwarded-proto": "https", "x-forwarded-host": "registry.example.com, inner" },
  { forwarded: "proto=https;host=registry.example.com" },
]

function withEach(method: RecordedRequest["method"], to: string): RecordedRequest[] {
  return HEADERS.map((headers) => ({ name: Object.keys(headers).join(" ") || "no proxy", method, to, headers }))
}

export const forwarding: readonly Scenario[] = [
  { name: "forwarding: an upload", requests: withEach("POST", "/v2/{repository}/blobs/uploads/") },
]

/** For tokens that are to be had on the registry's own host. */
export const redirecting: readonly Scenario[] = [{ name: "forwarding: a challenge", requests: withEach("GET", "/v2/") }]
