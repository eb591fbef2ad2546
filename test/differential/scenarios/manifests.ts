import {
  bytesOf,
  describeContent,
  DOCKER_IMAGE,
  DOCKER_LIST,
  imageManifest,
  indexManifest,
  OCI_CONFIG,
  OCI_IMAGE,
  OCI_INDEX,
  OCI_LAYER,
  toJsonBytes,
} from "../../conformance/content.ts"
import type { RecordedRequest, Scenario } from "../request.ts"
import { getManifest, pushBlob, pushImage, putManifest, sampleImage } from "./pushing.ts"

const oci = sampleImage("oci")
const docker = sampleImage("docker", DOCKER_IMAGE)
const child = describeContent(oci.manifest, OCI_IMAGE)
const index = toJsonBytes(indexManifest([{ ...child, platform: { os: "linux", architecture: "amd64" } }]))
const dockerList = toJsonBytes({
  schemaVersion: 2,
  mediaType: DOCKER_LIST,
  manifests: [{ ...describeContent(docker.manifest, DOCKER_IMAGE), platform: { os: "linux", architecture: "amd64" } }],
})
const missing = describeContent(bytesOf("never pushed"), OCI_LAYER)
const withMissing = toJsonBytes(imageManifest(describeContent(oci.config, OCI_CONFIG), [missing]))
const withMissingChild = toJsonBytes(indexManifest([describeContent(bytesOf("no manifest"), OCI_IMAGE)]))
const withSubject = toJsonBytes(
  imageManifest(describeContent(oci.config, OCI_CONFIG), [describeContent(oci.layer, OCI_LAYER)], { subject: child }),
)
const schema1 = toJsonBytes({ schemaVersion: 1, name: "x", tag: "y", fsLayers: [], history: [], signatures: [] })

const BROKEN: Readonly<Record<string, string>> = {
  nothing: "",
  "no JSON": "not json",
  "an array": "[]",
  "an empty object": "{}",
  "no config": `{"schemaVersion":2,"mediaType":"${OCI_IMAGE}"}`,
  "another version": `{"schemaVersion":7,"mediaType":"${OCI_IMAGE}"}`,
  "half an object": '{"schemaVersion":2,',
}

function putBroken([name, text]: [string, string]): RecordedRequest {
  return { ...putManifest("broken", text), name: `put ${name}` }
}

export const manifests: readonly Scenario[] = [
  {
    name: "an OCI image",
    content: { ...oci },
    requests: [
      ...pushImage("latest"),
      getManifest("latest"),
      getManifest("latest", OCI_IMAGE, "HEAD"),
      getManifest("{manifest}"),
      getManifest("{manifest}", OCI_IMAGE, "HEAD"),
      { ...getManifest("latest"), name: "unchanged", headers: { accept: OCI_IMAGE, "if-none-match": '"{manifest}"' } },
      {
        ...getManifest("latest"),
        name: "unchanged, bare",
        headers: { accept: OCI_IMAGE, "if-none-match": "{manifest}" },
      },
      getManifest("missing"),
      getManifest("latest", DOCKER_IMAGE),
      getManifest("latest", "*/*"),
      { name: "no Accept", method: "GET", to: "/v2/{repository}/manifests/latest", headers: { accept: "" } },
      putManifest("{manifest}", "manifest"),
      putManifest("second", "manifest"),
      { name: "tags", method: "GET", to: "/v2/{repository}/tags/list" },
    ],
  },
  {
    name: "a Docker image",
    content: { ...docker },
    requests: [
      ...pushImage("latest", DOCKER_IMAGE),
      getManifest("latest", DOCKER_IMAGE),
      getManifest("latest", `${DOCKER_IMAGE}, ${DOCKER_LIST}, ${OCI_IMAGE}, ${OCI_INDEX}`, "HEAD"),
      getManifest("{manifest}", DOCKER_IMAGE),
    ],
  },
  {
    name: "an OCI index",
    content: { ...oci, index },
    requests: [
      ...pushImage("single"),
      putManifest("multi", "index", OCI_INDEX),
      getManifest("multi", OCI_INDEX),
      getManifest("multi", OCI_IMAGE),
      getManifest("multi", `${OCI_INDEX},${OCI_IMAGE}`, "HEAD"),
    ],
  },
  {
    name: "a Docker list",
    content: { ...docker, list: dockerList },
    requests: [
      ...pushImage("single", DOCKER_IMAGE),
      putManifest("multi", "list", DOCKER_LIST),
      getManifest("multi", DOCKER_LIST),
      getManifest("multi", DOCKER_IMAGE),
      getManifest("{list}", DOCKER_IMAGE),
    ],
  },
  {
    name: "what is refused",
    content: { ...oci, "with-missing": withMissing, "missing-child": withMissingChild, "schema-one": schema1 },
    requests: [
      ...pushBlob("config"),
      ...pushBlob("layer"),
      ...Object.entries(BROKEN).map(putBroken),
      putManifest("missing", "with-missing"),
      putManifest("missing", "missing-child", OCI_INDEX),
      putManifest("{layer}", "manifest"),
      putManifest("typed", "manifest", DOCKER_IMAGE),
      putManifest("typed", "manifest", "text/plain"),
      putManifest("old", "schema-one", "application/vnd.docker.distribution.manifest.v1+prettyjws"),
      putManifest(".bad", "manifest"),
      putManifest("sha256:abc", "manifest"),
      { ...putManifest("untyped", "manifest"), name: "put without a type", headers: {} },
    ],
  },
  {
    name: "a subject",
    content: { ...oci, referrer: withSubject },
    requests: [
      ...pushImage("latest"),
      putManifest("{referrer}", "referrer"),
      { name: "referrers", method: "GET", to: "/v2/{repository}/referrers/{manifest}" },
    ],
  },
]
