import { bytesOf } from "../../conformance/content.ts"
import type { RecordedRequest, Scenario } from "../request.ts"
import { get, pushBlob } from "./pushing.ts"

const content = {
  hello: bytesOf("hello, world"),
  start: bytesOf("hello, "),
  end: bytesOf("world"),
  empty: bytesOf(""),
}

const open: RecordedRequest = { name: "open", method: "POST", to: "/v2/{repository}/blobs/uploads/" }
const status = get("status", "{location}")
const cancel: RecordedRequest = { name: "cancel", method: "DELETE", to: "{location}" }
const check: RecordedRequest = { name: "check", method: "HEAD", to: "/v2/{repository}/blobs/{hello}" }

function patch(body: string, headers: Record<string, string> = {}): RecordedRequest {
  const shown = headers["content-range"] ?? "no range"
  return { name: `patch with ${body}, ${shown}`, method: "PATCH", to: "{location}", headers, body }
}

function close(digest: string, body?: string): RecordedRequest {
  const request = { name: `close as ${digest}`, method: "PUT", to: "{location}", query: `digest=${digest}` }
  return body === undefined ? request : { ...request, body }
}

const octets = { "content-type": "application/octet-stream" }

export const uploads: readonly Scenario[] = [
  { name: "one PUT", content, requests: [...pushBlob("hello"), check] },
  { name: "an empty blob", content, requests: [...pushBlob("empty"), get("read", "/v2/{repository}/blobs/{empty}")] },
  {
    name: "one PATCH, as Docker",
    content,
    requests: [open, { ...patch("hello"), isChunked: true }, close("{hello}"), check],
  },
  {
    name: "chunks with Content-Range",
    content,
    requests: [
      open,
      status,
      patch("start", { ...octets, "content-range": "0-6" }),
      status,
      patch("end", { ...octets, "content-range": "7-11" }),
      status,
      close("{hello}"),
      check,
    ],
  },
  {
    name: "the last chunk in the closing PUT",
    content,
    requests: [open, patch("start", { ...octets, "content-range": "0-6" }), close("{hello}", "end"), check],
  },
  {
    name: "a chunk out of order",
    content,
    requests: [
      open,
      patch("start", { ...octets, "content-range": "0-6" }),
      patch("end", { ...octets, "content-range": "9-13" }),
      status,
      cancel,
    ],
  },
  {
    name: "malformed ranges",
    content,
    requests: ["0-", "-6", "a-b", "bytes=0-6", "6-0", "0-3"].flatMap((range) => [
      open,
      patch("start", { ...octets, "content-range": range }),
    ]),
  },
  { name: "a wrong digest", content, requests: [open, patch("hello"), close("{start}"), status, check] },
  { name: "a wrong digest at once", content, requests: [open, close("{start}", "hello"), status, check] },
  {
    name: "digests that are none",
    content,
    requests: ["", "sha256:abc", "hello", "md5:d41d8cd98f00b204e9800998ecf8427e"].flatMap((digest) => [
      open,
      patch("hello"),
      close(digest),
      status,
    ]),
  },
  { name: "no digest", content, requests: [open, { name: "close", method: "PUT", to: "{location}" }, status] },
  { name: "cancelled", content, requests: [open, patch("hello"), cancel, status, cancel, close("{hello}")] },
  {
    name: "unknown",
    requests: ["GET", "HEAD", "PATCH", "PUT", "DELETE"].map((method) => ({
      name: method,
      method,
      to: "/v2/{repository}/blobs/uploads/00000000-0000-4000-8000-000000000000",
      query: "digest=sha256:0000000000000000000000000000000000000000000000000000000000000000",
    })),
  },
  {
    name: "an identifier that is none",
    requests: [
      get("status", "/v2/{repository}/blobs/uploads/no-such"),
      get("odd", "/v2/{repository}/blobs/uploads/a%20b"),
    ],
  },
  {
    name: "in one POST",
    content,
    requests: [
      {
        name: "post",
        method: "POST",
        to: "/v2/{repository}/blobs/uploads/",
        query: "digest={hello}",
        headers: octets,
        body: "hello",
      },
      check,
    ],
  },
  {
    name: "a content type",
    content,
    requests: [open, patch("hello", { "content-type": "text/plain" }), status],
  },
  { name: "a closed upload", content, requests: [...pushBlob("hello"), open, patch("hello"), close("{hello}"), check] },
]
