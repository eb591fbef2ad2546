import type { RecordedRequest, Scenario } from "../request.ts"
import { get, getManifest, pushImage, putManifest, sampleImage } from "./pushing.ts"

const image = sampleImage("deleted")

function remove(what: string): RecordedRequest {
  return { name: `delete ${what}`, method: "DELETE", to: `/v2/{repository}/${what}` }
}

const UNKNOWN = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

export const deletes: readonly Scenario[] = [
  {
    name: "a manifest",
    content: { ...image },
    requests: [
      ...pushImage("one"),
      putManifest("two", "manifest"),
      remove("manifests/{manifest}"),
      getManifest("one"),
      getManifest("{manifest}"),
      get("tags", "/v2/{repository}/tags/list"),
      remove("manifests/{manifest}"),
      putManifest("one", "manifest"),
      getManifest("one"),
    ],
  },
  {
    name: "a tag",
    content: { ...image },
    requests: [
      ...pushImage("one"),
      putManifest("two", "manifest"),
      remove("manifests/one"),
      getManifest("one"),
      getManifest("two"),
    ],
  },
  {
    name: "a blob",
    content: { ...image },
    requests: [
      ...pushImage("one"),
      remove("blobs/{layer}"),
      get("the blob", "/v2/{repository}/blobs/{layer}"),
      remove("blobs/{layer}"),
    ],
  },
  {
    name: "what is not there",
    requests: [
      remove(`manifests/${UNKNOWN}`),
      remove("manifests/none"),
      remove(`blobs/${UNKNOWN}`),
      remove("manifests/sha256:abc"),
      remove("blobs/sha256:abc"),
    ],
  },
]
