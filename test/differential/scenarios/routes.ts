import type { RecordedRequest, Scenario } from "../request.ts"

const UNKNOWN = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

const PATHS = [
  "/",
  "/v2",
  "/v2/",
  "/v2/_catalog",
  "/v2/nothing/tags/list",
  "/v2/nothing/manifests/latest",
  `/v2/nothing/manifests/${UNKNOWN}`,
  `/v2/nothing/blobs/${UNKNOWN}`,
  "/v2/nothing/blobs/uploads/00000000-0000-4000-8000-000000000000",
  "/v2/nothing",
  "/v2/nothing/",
  "/v2/nothing/tags",
  "/v2/nothing/tags/list/",
  "/v2/nothing/blobs/",
  "/v2/_catalog/",
  "/v1/",
  "/v3/",
  "/favicon.ico",
]

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]

const every: RecordedRequest[] = PATHS.flatMap((path) =>
  METHODS.map((method) => ({ name: `${method} ${path}`, method, to: path })),
)

export const routes: readonly Scenario[] = [{ name: "routes: every path by every method", requests: every }]
