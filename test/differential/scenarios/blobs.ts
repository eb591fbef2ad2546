import { bytesOf } from "../../conformance/content.ts"
import type { RecordedRequest, Scenario } from "../request.ts"
import { get, pushBlob } from "./pushing.ts"

const content = { blob: bytesOf("0123456789abcdefghij"), other: bytesOf("never pushed") }
const path = "/v2/{repository}/blobs/{blob}"

const RANGES = [
  "bytes=0-4",
  "bytes=5-",
  "bytes=-5",
  "bytes=0-100",
  "bytes=20-",
  "bytes=30-40",
  "bytes=4-2",
  "bytes=a-b",
  "bytes=0-0,2-2",
  "items=0-4",
  "bytes=",
]

const CONDITIONS: readonly Record<string, string>[] = [
  { "if-none-match": '"{blob}"' },
  { "if-none-match": "{blob}" },
  { "if-none-match": '"other"' },
  { "if-none-match": "*" },
  { "if-match": '"other"' },
  { "if-range": '"{blob}"', range: "bytes=0-1" },
  { "if-range": '"other"', range: "bytes=0-1" },
]

const mount: RecordedRequest = {
  name: "mount what is not there",
  method: "POST",
  to: "/v2/{repository}/blobs/uploads/",
  query: "mount={other}&from=no/such",
}

export const blobs: readonly Scenario[] = [
  {
    name: "reading",
    content,
    requests: [
      ...pushBlob("blob"),
      get("GET", path),
      { name: "HEAD", method: "HEAD", to: path },
      get("from another repository", "/v2/another/blobs/{blob}"),
      get("what is not there", "/v2/{repository}/blobs/{other}"),
      { name: "HEAD of what is not there", method: "HEAD", to: "/v2/{repository}/blobs/{other}" },
    ],
  },
  {
    name: "ranges",
    content,
    requests: [...pushBlob("blob"), ...RANGES.map((range) => get(range.replaceAll(",", " "), path, { range }))],
  },
  {
    name: "conditions",
    content,
    requests: [
      ...pushBlob("blob"),
      ...CONDITIONS.map((headers) => get(Object.entries(headers).join(" ").replaceAll(",", " "), path, headers)),
    ],
  },
  {
    name: "mounts",
    content,
    requests: [
      ...pushBlob("blob"),
      mount,
      {
        ...mount,
        name: "mount",
        to: "/v2/{repository}/elsewhere/blobs/uploads/",
        query: "mount={blob}&from={repository}",
      },
      { name: "check", method: "HEAD", to: "/v2/{repository}/elsewhere/blobs/{blob}" },
      { ...mount, name: "mount without from", to: "/v2/{repository}/third/blobs/uploads/", query: "mount={blob}" },
      { ...mount, name: "mount a digest that is none", query: "mount=sha256:abc&from={repository}" },
      { ...mount, name: "mount from a name that is none", query: "mount={blob}&from=NO" },
    ],
  },
]
