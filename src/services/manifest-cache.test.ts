import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { digestOf } from "../domain/digest.ts"
import { createManifestCache, ENTRY_BYTES } from "./manifest-cache.ts"

function numbered(number: number) {
  return digestOf("sha256", number.toString(16).padStart(64, "0"))
}

const [A, B, C, D, E] = [numbered(1), numbered(2), numbered(3), numbered(4), numbered(5)]
const piece = new Uint8Array(25)

const ROOM = 4 * (25 + ENTRY_BYTES)

/** A cache that is full. */
function fill() {
  const cache = createManifestCache(ROOM)
  for (const digest of [A, B, C, D]) cache.put(digest, piece)
  return { ...cache, present: () => [A, B, C, D, E].filter((digest) => cache.find(digest) !== undefined) }
}

test("the one put in first makes room", () => {
  const cache = fill()
  cache.put(E, piece)
  expect(cache.present()).toEqual([B, C, D, E])
})

test("one that was looked up stays longer than those that were not", () => {
  const cache = fill()
  expect(cache.find(A)).toBe(piece)
  expect(cache.find(A)).toBe(piece)
  expect(cache.find(C)).toBe(piece)
  cache.put(E, piece)
  expect(cache.present()).toEqual([A, C, D, E])
})

test("one that is put twice is held once", () => {
  const cache = fill()
  cache.put(D, piece)
  expect(cache.present()).toEqual([A, B, C, D])
})

test("one that is more than a quarter of the cache is not kept, and drives out nothing", () => {
  const cache = fill()
  cache.put(E, new Uint8Array(26))
  expect(cache.present()).toEqual([A, B, C, D])
})

test("a cache of no size holds nothing", () => {
  const cache = createManifestCache(0)
  cache.put(A, piece)
  expect(cache.find(A)).toBeUndefined()
})

test("what is found is what was put, never more than there is room for, and always what was used last", () => {
  const digest = fc.nat(12)
  const step = fc.oneof(
    fc.record({ kind: fc.constant("put" as const), digest, size: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant("find" as const), digest, size: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cache = createManifestCache(ROOM)
      // The model: oldest first. Content goes by its digest, so the first bytes of a digest are its only ones.
      let model: { digest: number; bytes: Uint8Array }[] = []
      for (const { kind, digest: number, size } of steps) {
        const known = model.find((entry) => entry.digest === number)
        if (kind === "find") {
          expect(cache.find(numbered(number))).toBe(known?.bytes)
          if (known !== undefined) model = [...model.filter((entry) => entry !== known), known]
          continue
        }
        const bytes = new Uint8Array(size)
        cache.put(numbered(number), bytes)
        if (known !== undefined || size > 25) continue
        model.push({ digest: number, bytes })
        while (model.reduce((sum, entry) => sum + entry.bytes.length + ENTRY_BYTES, 0) > ROOM) model.shift()
      }
      for (let number = 0; number <= 12; number++) {
        expect(cache.find(numbered(number))).toBe(model.find((entry) => entry.digest === number)?.bytes)
      }
    }),
  )
})
