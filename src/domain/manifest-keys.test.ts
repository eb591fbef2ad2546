import { expect, test } from "bun:test"
import { findMiscasedKey } from "./manifest-keys.ts"

test("keys as the specification writes them, and keys that it does not know, are left alone", () => {
  expect(findMiscasedKey("manifest", { schemaVersion: 2, layers: [], Layer: 1, SIZE: 1, __PROTO__: 1 })).toBeUndefined()
  expect(findMiscasedKey("descriptor", { mediaType: "a/b", Layers: [], "": 1, sizes: 1, "x.size": 1 })).toBeUndefined()
  expect(findMiscasedKey("platform", { "os.version": "10", osXversion: 1, OS_VERSION: 1 })).toBeUndefined()
})

test.each([
  ["manifest", "Layers"],
  ["manifest", "schemaversion"],
  ["manifest", "ARTIFACTTYPE"],
  ["manifest", "ſubject"],
  ["descriptor", "Size"],
  ["descriptor", "digeſt"],
  ["descriptor", "MediaType"],
  ["platform", "OS"],
  ["platform", "os.Version"],
] as const)("a %s with the key %s is found out", (owner, key) => {
  expect(findMiscasedKey(owner, { other: 1, [key]: 1 })).toBe(key)
})
