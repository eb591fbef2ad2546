import type { Scenario } from "../request.ts"

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { "x-forwarded-proto": "https" },
  { "x-forwarded-host": "registry.example.com" },
  { "x-forwarded-proto": "https", "x-forwarded-host": "registry.example.com, inner" },
  { forwarded: "proto=https;host=registry.example.com" },
]

export const forwarding: readonly Scenario[] = [
  {
    name: "forwarding: an upload",
    requests: HEADERS.map((headers) => ({
      name: Object.keys(headers).join(" ") || "no proxy",
      method: "POST",
      to: "/v2/{repository}/blobs/uploads/",
      headers,
    })),
  },
]
