import type { Scenario } from "../request.ts"
import { get, pushImage, putManifest, sampleImage } from "./pushing.ts"

const image = sampleImage("listed")
const TAGS = ["a", "b", "c", "A", "1.0", "_x"]
const QUERIES = ["n=2", "n=0", "n=-1", "n=x", "n=1000000", "n=2&last=a", "last=b", "last=zzz", "n=", "n=2&last="]

export const listings: readonly Scenario[] = [
  {
    name: "tags",
    content: { ...image },
    requests: [
      ...pushImage("a"),
      ...TAGS.map((tag) => putManifest(tag, "manifest")),
      get("all", "/v2/{repository}/tags/list"),
      ...QUERIES.map((query) => get(query, `/v2/{repository}/tags/list?${query}`)),
    ],
  },
  {
    name: "the catalog",
    content: { ...image },
    requests: [...pushImage("a"), ...QUERIES.map((query) => get(query, `/v2/_catalog?${query}`))],
  },
]
