import { describe, expect, test } from "bun:test"
import { InvalidValueError } from "./config-error.ts"
import { findNode, isSet, printNode, withNode, withoutUnset } from "./setting-tree.ts"

describe("withNode()", () => {
  test("makes the sections on the way and leaves its input as it was", () => {
    const tree = { http: { addr: ":5000" } }
    expect(withNode(tree, ["http", "tls", "key"], "k")).toEqual({ http: { addr: ":5000", tls: { key: "k" } } })
    expect(tree).toEqual({ http: { addr: ":5000" } })
  })

  test("finds an existing name in whatever case it has", () => {
    expect(withNode({ "X-Frame": ["a"] }, ["x-frame"], ["b"])).toEqual({ "X-Frame": ["b"] })
  })

  test("replaces an element of a list, or adds one at its end", () => {
    expect(withNode(["a", "b"], ["1"], "c")).toEqual(["a", "c"])
    expect(withNode(["a", "b"], ["2"], "c")).toEqual(["a", "b", "c"])
  })

  test.each(["3", "-1", "x", "1.5", ""])("refuses %p as an index of a list of two", (index) => {
    expect(() => withNode(["a", "b"], [index], "c")).toThrow(InvalidValueError)
  })

  test("sets a key named __proto__ like any other", () => {
    const tree = withNode({}, ["__proto__", "isAdmin"], "yes")
    expect(Object.keys(tree ?? {})).toEqual(["__proto__"])
    expect("isAdmin" in {}).toBe(false)
    expect(findNode({}, ["__proto__"])).toBeUndefined()
  })
})

test("isSet() takes empty texts, lists and sections of such for nothing", () => {
  for (const node of [undefined, null, "", [], {}, [""], { cachefile: "", hosts: [] }]) expect(isSet(node)).toBe(false)
  for (const node of ["0", ["a"], { a: { b: "c" } }]) expect(isSet(node)).toBe(true)
})

test("withoutUnset() drops nulls and empty texts, but no section", () => {
  expect(withoutUnset({ a: null, b: { c: "" }, d: ["", null] })).toEqual({ b: {}, d: ["", null] })
})

test("printNode() shows no section, no list of sections and no password of a URL", () => {
  expect(printNode({ password: "secret" })).toBe("a section")
  expect(printNode([{ password: "secret" }])).toBe("a list")
  expect(printNode(["a"])).toBe('["a"]')
  expect(printNode("https://user:secret@host/")).toBe('"https://user:[redacted]@host/"')
})
