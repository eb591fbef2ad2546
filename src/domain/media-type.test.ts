import { expect, test } from "bun:test"
import * as fc from "fast-check"
import * as types from "./media-type.ts"

const KNOWN = [types.OCI_MANIFEST, types.OCI_INDEX, types.DOCKER_MANIFEST, types.DOCKER_LIST]

test("parameters, spaces and case do not change a media type", () => {
  const around = fc.tuple(
    fc.constantFrom("", " ", "\t"),
    fc.constantFrom("", ";", "; charset=utf-8", ' ;a=b;c=";"', ";;"),
  )
  fc.assert(
    fc.property(fc.constantFrom(...KNOWN), around, fc.boolean(), (type, [before, after], isUpper) => {
      expect(types.essence(before + (isUpper ? type.toUpperCase() : type) + after)).toBe(type)
    }),
  )
})

test("essence() of its own answer changes nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const once = types.essence(text)
      expect(types.essence(once)).toBe(once)
      expect(once).not.toContain(";")
    }),
    { numRuns: 2000 },
  )
})

test("four media types are those of manifests, and two of them are indexes", () => {
  expect(KNOWN.every(types.isManifestMediaType)).toBe(true)
  expect(KNOWN.filter(types.isIndexMediaType)).toEqual([types.OCI_INDEX, types.DOCKER_LIST])
  expect(KNOWN.filter(types.isDockerMediaType)).toEqual([types.DOCKER_MANIFEST, types.DOCKER_LIST])
  const others = [
    "",
    "application/json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "__proto__",
    "has",
  ]
  expect(others.filter(types.isManifestMediaType)).toEqual([])
})

test("foreign layers are told from ordinary ones in both families", () => {
  const foreign = [
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
  ]
  expect(foreign.filter((type) => !types.isNonDistributable(type))).toEqual([])
  expect(types.isNonDistributable("application/vnd.oci.image.layer.v1.tar+gzip")).toBe(false)
  expect(types.isNonDistributable("application/vnd.docker.image.rootfs.diff.tar.gzip")).toBe(false)
})
