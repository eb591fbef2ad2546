import type { RecordedRequest, Scenario } from "../request.ts"
import { get, pushImage, sampleImage } from "./pushing.ts"

const image = sampleImage("prefixed")

function withPrefix(request: RecordedRequest): RecordedRequest {
  return request.to.startsWith("/v2/") ? { ...request, to: `/registry${request.to}` } : request
}

/** What absolute URLs name is not this server: the path alone is asked for. */
export const prefixed: readonly Scenario[] = [
  {
    name: "prefixed: with it",
    content: { ...image },
    requests: [
      ...pushImage("latest").map(withPrefix),
      get("base", "/registry/v2/"),
      get("tags", "/registry/v2/{repository}/tags/list"),
      get("catalog", "/registry/v2/_catalog?n=1"),
    ],
  },
  { name: "prefixed: without it", requests: [get("base", "/v2/"), get("root", "/"), get("catalog", "/v2/_catalog")] },
]
