import { get } from "./pushing.ts"
import type { Scenario } from "../request.ts"

const NAMES = [
  "a",
  "a/b/c/d/e",
  "a-b_c.d__e",
  "UPPER",
  "a..b",
  "a//b",
  "-a",
  "a-",
  "a/-b",
  "a___b",
  "a.b/c--d",
  "v2",
  "blobs",
  "tags/list",
  "manifests/manifests",
  `a/${"x".repeat(250)}`,
  "x".repeat(255),
  "x".repeat(256),
]

const REFERENCES = [
  "latest",
  "V1.0_a-b",
  ".hidden",
  "-dash",
  "a".repeat(128),
  "a".repeat(129),
  "sha256:short",
  "sha256:zz00000000000000000000000000000000000000000000000000000000000000",
  "md5:d41d8cd98f00b204e9800998ecf8427e",
  "sha512:00",
]

export const names: readonly Scenario[] = [
  {
    name: "names of repositories",
    requests: NAMES.flatMap((name) => [
      get(`tags of ${name.slice(0, 30)} (${name.length})`, `/v2/${name}/tags/list`),
      { name: `upload to ${name.slice(0, 30)} (${name.length})`, method: "POST", to: `/v2/${name}/blobs/uploads/` },
    ]),
  },
  {
    name: "references",
    requests: REFERENCES.flatMap((reference) => [
      get(`manifest ${reference.slice(0, 30)} (${reference.length})`, `/v2/{repository}/manifests/${reference}`),
      get(`blob ${reference.slice(0, 30)} (${reference.length})`, `/v2/{repository}/blobs/${reference}`),
    ]),
  },
]
