import { bytesOf } from "../../conformance/content.ts"
import type { RecordedRequest, Scenario } from "../request.ts"
import { pushBlob, pushImage, sampleImage, withHeaders } from "./pushing.ts"

const RIGHT = { authorization: `Basic ${btoa("alice:secret")}` }

const CREDENTIALS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: {},
  right: RIGHT,
  "a wrong password": { authorization: `Basic ${btoa("alice:wrong")}` },
  "an unknown user": { authorization: `Basic ${btoa("mallory:secret")}` },
  "no password": { authorization: `Basic ${btoa("alice:")}` },
  "no colon": { authorization: `Basic ${btoa("alice")}` },
  "no Base64": { authorization: "Basic !!!" },
  "another scheme": { authorization: "Bearer abc" },
}

const REQUESTS: readonly RecordedRequest[] = [
  { name: "base", method: "GET", to: "/v2/" },
  { name: "catalog", method: "GET", to: "/v2/_catalog" },
  { name: "tags", method: "GET", to: "/v2/{repository}/tags/list" },
  { name: "manifest", method: "GET", to: "/v2/{repository}/manifests/latest" },
  { name: "manifest by HEAD", method: "HEAD", to: "/v2/{repository}/manifests/latest" },
  { name: "upload", method: "POST", to: "/v2/{repository}/blobs/uploads/" },
]

const image = sampleImage("locked")

export const locked: readonly Scenario[] = [
  ...Object.entries(CREDENTIALS).map(([who, headers]) => ({
    name: `locked: ${who}`,
    requests: REQUESTS.map((request) => withHeaders(request, headers)),
  })),
  {
    name: "locked: a push",
    content: { ...image, blob: bytesOf("a locked blob") },
    requests: [...pushImage("latest"), ...pushBlob("blob")].map((request) => withHeaders(request, RIGHT)),
  },
]
