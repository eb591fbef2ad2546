import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { findPlainScalar, parseYaml } from "./yaml-text.ts"

describe("parseYaml()", () => {
  test("keeps the text of scalars, and tells null from a text", async () => {
    const { node } = await parseYaml("a: 0123\nb: ~\nc:\nd: 'null'\ne: yes\nf: 1.0\n2: ''\n")
    expect(node).toEqual({ a: "0123", b: null, c: null, d: "null", e: "yes", f: "1.0", 2: "" })
  })

  test("follows anchors, aliases and merges", async () => {
    const { node, errors } = await parseYaml("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n")
    expect({ node, errors }).toEqual({ node: { a: { p: "1", q: "2" }, b: { p: "1", q: "3" } }, errors: [] })
  })

  test("names the line and column of a mistake", async () => {
    const { errors } = await parseYaml("version: 0.1\nhttp:\n\taddr: :5000\n")
    expect(errors[0]).toMatchObject({ place: { line: 3, column: 1 }, message: expect.stringContaining("Tabs") })
  })

  test("warns of a key that is given twice and of a second document, as distribution's parser lets them pass", async () => {
    const { node, errors, warnings } = await parseYaml("a: 1\na: 2\n---\nb: 3\n")
    expect({ node, errors }).toEqual({ node: { a: "2" }, errors: [] })
    expect(warnings.map(({ place }) => place?.line)).toEqual([2, 3])
  })

  test("reports an alias without an anchor and a bomb of aliases", async () => {
    const bomb = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]\n`).join("")
    for (const text of ["a: *nowhere\n", `a0: &a0 [x]\n${bomb}`]) expect((await parseYaml(text)).errors).toHaveLength(1)
  })

  test("never throws", async () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[-a-c:{}[\]&*!|>'"%@`#?, \n\t]{0,30}$/))
    await fc.assert(
      fc.asyncProperty(text, async (input) => {
        expect(await parseYaml(input)).toHaveProperty("node")
      }),
    )
  })
})

describe("findPlainScalar()", () => {
  test.each([":5000", "127.0.0.1:5000", "true", "168h", "/var/lib/registry", "Registry Realm", "https://a.b:5000/c"])(
    "reads %p without a parser",
    (text) => {
      expect(findPlainScalar(text)).toBe(text)
    },
  )

  test("reads what YAML reads, wherever it reads at all", async () => {
    const text = fc.oneof(fc.string({ maxLength: 8 }), fc.stringMatching(/^[-.a~N:=@+#/ ]{0,6}$/), fc.constant("null"))
    await fc.assert(
      fc.asyncProperty(text, async (input) => {
        const plain = findPlainScalar(input)
        if (plain !== undefined) expect(await parseYaml(input)).toEqual({ node: plain, errors: [], warnings: [] })
      }),
      { numRuns: 1000 },
    )
  })
})
