import { expect } from "bun:test"
import { bytesIn, expectError } from "../client.ts"
import {
  bytesOf,
  digestOf,
  DOCKER_IMAGE,
  EMPTY_DESCRIPTOR,
  indexManifest,
  OCI_IMAGE,
  OCI_INDEX,
  toJsonBytes,
  type Bytes,
} from "../content.ts"
import { putManifest } from "../push.ts"
import { artifact, expectInvalid, freshWithEmptyBlob } from "./artifacts.ts"
import type { BadInput } from "./row.ts"

const MAXIMUM = 4 * 1024 * 1024

function sizedManifest(size: number): Bytes {
  const bare = toJsonBytes(artifact({ filler: "" })).length
  return toJsonBytes(artifact({ filler: "x".repeat(size - bare) }))
}

export const manifests: BadInput[] = [
  {
    id: "B22",
    input: "a manifest of exactly 4 MiB, and one of a byte more",
    check: async (registry) => {
      const repository = await freshWithEmptyBlob(registry)
      const largest = sizedManifest(MAXIMUM)
      expect(largest.length).toBe(MAXIMUM)
      expect((await putManifest(registry, `${repository}:largest`, largest)).status).toBe(201)
      const pulled = await bytesIn(await registry.send("GET", `/v2/${repository}/manifests/largest`))
      expect(digestOf(pulled)).toBe(digestOf(largest))
      const over = await putManifest(registry, `${repository}:over`, sizedManifest(MAXIMUM + 1))
      await expectError(over, 413, "SIZE_INVALID")
    },
  },
  {
    id: "B24",
    input: "bodies that are no JSON object",
    check: async (registry) => {
      const valid = JSON.stringify(artifact())
      const bodies = [
        "",
        valid.slice(0, -1),
        `\ufeff${valid}`,
        `${valid}x`,
        `${valid}${valid}`,
        `[${valid}]`,
        "null",
        '"text"',
        "7",
      ]
      for (const body of [...bodies, valid.replace('"schemaVersion":2', '"schemaVersion":NaN')])
        await expectInvalid(registry, body)
      await expectInvalid(registry, Uint8Array.from([...bytesOf(valid.slice(0, -2)), 0xff, 0xfe, 0x22, 0x7d]))
    },
  },
  {
    id: "B26",
    input: "a body that is both an image and an index",
    check: async (registry) => {
      await expectInvalid(registry, JSON.stringify({ ...artifact(), manifests: [] }))
      await expectInvalid(registry, JSON.stringify({ ...indexManifest([]), layers: [] }), OCI_INDEX)
      await expectInvalid(registry, JSON.stringify({ ...indexManifest([]), config: EMPTY_DESCRIPTOR }), OCI_INDEX)
    },
  },
  {
    id: "B27",
    input: "a Content-Type that is not the body's, is no manifest's, or is missing; parameters are ignored",
    check: async (registry) => {
      const body = JSON.stringify(artifact())
      for (const type of [DOCKER_IMAGE, OCI_INDEX, "application/json", "text/plain"])
        await expectInvalid(registry, body, type)
      const repository = await freshWithEmptyBlob(registry)
      const untyped = await registry.send("PUT", `/v2/${repository}/manifests/v1`, { body: bytesOf(body) })
      await expectError(untyped, 400, "MANIFEST_INVALID")
      const response = await putManifest(registry, `${repository}:v1`, body, `${OCI_IMAGE};charset=utf-8`)
      expect(response.status).toBe(201)
    },
  },
  {
    id: "B28",
    input: "schema 1",
    check: async (registry) => {
      const body = JSON.stringify({
        schemaVersion: 1,
        name: "a",
        tag: "b",
        architecture: "amd64",
        fsLayers: [],
        history: [],
      })
      for (const type of ["v1+json", "v1+prettyjws"]) {
        await expectInvalid(registry, body, `application/vnd.docker.distribution.manifest.${type}`)
      }
    },
  },
]
