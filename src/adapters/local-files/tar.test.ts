import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { BLOCK, paddedSize, readPax, readTarHeader, writeTarHeader } from "./tar.ts"

const names = fc.string({ unit: fc.constantFrom("a", "b", "0", "9", "/", "-", "_", "."), minLength: 1, maxLength: 200 })
const sizes = fc.oneof(fc.integer({ min: 0, max: 2 ** 20 }), fc.maxSafeInteger().map(Math.abs))

/** As an archive's reader does: what a header says of the next entry counts there. */
function readBack(bytes: Uint8Array): { name: string; sizeBytes: number } | undefined {
  const header = readTarHeader(bytes.subarray(0, BLOCK))
  if (header?.meaning !== "pax") return header
  const said = readPax(bytes.subarray(BLOCK, BLOCK + header.sizeBytes))
  const entry = readTarHeader(bytes.subarray(BLOCK + paddedSize(header.sizeBytes)))
  return entry && { name: said.name ?? entry.name, sizeBytes: said.sizeBytes ?? entry.sizeBytes }
}

describe("the header of an archive's entry", () => {
  test("is read back as it was written, however long its name and large its file", () => {
    fc.assert(
      fc.property(names, sizes, (name, sizeBytes) => {
        const bytes = writeTarHeader(name, sizeBytes)
        expect(bytes.length % BLOCK).toBe(0)
        expect(readBack(bytes)).toMatchObject({ name, sizeBytes })
      }),
    )
  })

  test("whose bytes were changed is refused, or says what it said", () => {
    const bytes = writeTarHeader("index.json", 1234)
    fc.assert(
      fc.property(fc.nat(BLOCK - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Uint8Array.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ by
        let read: unknown
        try {
          read = readTarHeader(changed)
        } catch {
          return
        }
        // The sum stands in eight bytes, of which some may be written in several ways.
        expect(at >= 148 && at < 156).toBe(true)
        expect(read).toMatchObject({ name: "index.json", sizeBytes: 1234 })
      }),
    )
  })

  test("of zeros ends the archive", () => {
    expect(readTarHeader(new Uint8Array(BLOCK))).toBeUndefined()
  })

  test("of pax is read, and anything else in its place is refused without a crash", () => {
    expect(readPax(new TextEncoder().encode("12 path=a/b\n11 size=42\n"))).toEqual({ name: "a/b", sizeBytes: 42 })
    for (const text of ["x", "0 a=b\n", "999 a=b\n", "12 path", "-5 a=b\n", "11 size=-1\n"]) {
      expect(() => readPax(new TextEncoder().encode(text))).toThrow(/cannot be read/)
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          readPax(bytes)
        } catch (error) {
          expect((error as Error).message).toContain("cannot be read")
        }
      }),
    )
  })
})
