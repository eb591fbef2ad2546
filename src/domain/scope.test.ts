import { describe, expect, test } from "bun:test"
import type { Action, Grants } from "./actor.ts"
import { isGranted, listScopes } from "./scope.ts"

const write = (action: Action) => listScopes(action, "a/b").map((each) => `${each.type}:${each.name}:${each.action}`)

test.each([
  ["pull", ["repository:a/b:pull"]],
  ["push", ["repository:a/b:pull", "repository:a/b:push"]],
  ["delete", ["repository:a/b:delete"]],
  ["cancel", ["repository:a/b:delete"]],
  ["catalog", ["registry:catalog:*"]],
  ["search", ["registry:catalog:search"]],
] as const)("%s needs %j, as distribution asks for it", (action, scopes) => {
  expect(write(action)).toEqual([...scopes])
})

function grants(repositories: Record<string, string[]>, catalog: string[] = []): Grants {
  const sets = Object.entries(repositories).map(([name, actions]) => [name, new Set(actions)] as const)
  return { repositories: new Map(sets), catalog: new Set(catalog) }
}

describe("a grant", () => {
  test.each([
    ["pull", ["pull"], true],
    ["pull", ["push"], false],
    ["pull", ["*"], true],
    ["pull", ["PULL"], false],
    ["push", ["pull", "push"], true],
    ["push", ["push"], false],
    ["push", ["pull"], false],
    ["push", ["*"], true],
    ["delete", ["pull", "push"], false],
    ["delete", ["delete"], true],
    ["cancel", ["delete"], true],
    ["pull", [], false],
  ] as const)("to %s with %j: %p", (action, actions, expected) => {
    expect(isGranted(grants({ "a/b": [...actions] }), action, "a/b")).toBe(expected)
  })

  test("counts for the repository of exactly that name", () => {
    const some = grants({ "a/b": ["*"], "*": ["*"], "a/*": ["*"], catalog: ["*"] })
    expect(["a/b", "a/b/c", "a", "a/bc", "b"].filter((name) => isGranted(some, "pull", name))).toEqual(["a/b"])
    expect(isGranted(some, "catalog", "")).toBe(false)
  })

  test("on the catalog is no grant on repositories, and search is not all of it", () => {
    expect(isGranted(grants({}, ["*"]), "catalog", "")).toBe(true)
    expect(isGranted(grants({}, ["*"]), "search", "")).toBe(true)
    expect(isGranted(grants({}, ["search"]), "search", "")).toBe(true)
    expect(isGranted(grants({}, ["search"]), "catalog", "")).toBe(false)
    expect(isGranted(grants({}, ["*"]), "pull", "catalog")).toBe(false)
  })
})
