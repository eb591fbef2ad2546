import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { createShapeCheck } from "./json-shape.ts"

const USUAL = ["os", "size", "digest"]
const check = createShapeCheck(USUAL)
const encoder = new TextEncoder()

function shapeOf(text: string, limits: { depth?: number; weight?: number }) {
  return check(encoder.encode(text), { depth: Infinity, weight: Infinity, ...limits })
}

/** The smallest limit with which the text passes. */
function measure(text: string, limit: "depth" | "weight"): number {
  let smallest = 0
  while (shapeOf(text, { [limit]: smallest }) !== "bounded") smallest++
  return smallest
}

test.each([
  ["", 0],
  [" \t\r\n", 0],
  ["{}", 2],
  ["[1, 22]", 6],
  ['"digest"', 1],
  ['"digesT"', 8],
  ['""', 8],
  [String.raw`"\""`, 9],
  [String.raw`"\\"`, 9],
  [String.raw`"\\\"[{"`, 10],
  ['{"os": "[[{,", "size": true}', 19],
  ['"never ends', 8],
  ['"never ends\\', 9],
])("%p weighs %d", (text, weight) => {
  expect(measure(text, "weight")).toBe(weight)
})

test.each([
  ["1", 0],
  ["[]", 1],
  ['{"a":[{}],"b":[]}', 3],
  ['"[[["', 0],
  [String.raw`["\"[[["]`, 1],
  ["]]]][[", 0],
])("%p is %d deep", (text, depth) => {
  expect(measure(text, "depth")).toBe(depth)
})

describe("of any JSON text", () => {
  const texts = fc
    .tuple(fc.jsonValue(), fc.constantFrom(0, 1, 3))
    .map(([value, space]) => JSON.stringify({ value, os: 1, size: ["é", "\\", '"'] }, null, space))

  test("the depth is that of the value", () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(measure(text, "depth")).toBe(depthOf(JSON.parse(text)))
      }),
    )
  })

  test("the weight is that of its tokens", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const weight = weightOf(text)
        expect(shapeOf(text, { weight })).toBe("bounded")
        expect(shapeOf(text, { weight: weight - 1 })).toBe("heavy")
      }),
    )
  })
})

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function weightOf(text: string): number {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[^\s"]/g) ?? []
  const weights = tokens.map((token) => {
    if (!token.startsWith('"')) return encoder.encode(token).length
    return (USUAL.includes(token.slice(1, -1)) ? 1 : 8) + (token.match(/\\./g) ?? []).length
  })
  return weights.reduce((total, weight) => total + weight, 0)
}
