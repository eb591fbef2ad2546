import { expect, test } from "bun:test"
import { createAnonymousIdentity } from "../adapters/identity/anonymous.ts"
import type { Actor } from "../domain/actor.ts"
import { isRegistryError } from "../domain/errors.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { createAccess } from "./access.ts"

const open = { deleteEnabled: true, readOnly: false }
const [own, other] = [parseRepositoryName("a/b"), parseRepositoryName("a/c")]
const everybody: Actor = { id: "anonymous", quotaKey: "address:192.0.2.1" }

function holder(actions: string[], catalog: string[] = []): Actor {
  const grants = { repositories: new Map([["a/b", new Set(actions)]]), catalog: new Set(catalog) }
  return { id: "alice", quotaKey: "user:alice", grants }
}

function codeOf(run: () => void): string | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return isRegistryError(error) ? error.code : String(error)
  }
}

const access = createAccess(createAnonymousIdentity(), open)

test("whoever has no list of grants may do all, within the registry's rules", () => {
  for (const action of ["pull", "push", "delete", "cancel"] as const)
    expect(codeOf(() => access.decide(everybody, action, own))).toBeUndefined()
  expect(codeOf(() => access.decide(everybody, "catalog"))).toBeUndefined()
  expect([access.canRead(everybody, own), access.canList(everybody, own)]).toEqual([true, true])
})

test("whoever has one may do what is on it, and nothing to another repository", () => {
  const puller = holder(["pull"])
  expect(codeOf(() => access.decide(puller, "pull", own))).toBeUndefined()
  for (const action of ["push", "delete", "cancel"] as const)
    expect(codeOf(() => access.decide(puller, action, own))).toBe("SCOPE_INSUFFICIENT")
  expect(codeOf(() => access.decide(puller, "pull", other))).toBe("SCOPE_INSUFFICIENT")
  expect(codeOf(() => access.decide(puller, "catalog"))).toBe("SCOPE_INSUFFICIENT")
  expect([access.canRead(puller, own), access.canRead(puller, other)]).toEqual([true, false])
  expect([access.canList(puller, own), access.canList(puller, other)]).toEqual([true, false])
})

test("a right that the rules forbid is refused by the rules, one that is missing for being missing", () => {
  const strict = createAccess(createAnonymousIdentity(), { deleteEnabled: false, readOnly: true })
  const all = holder(["*"])
  for (const action of ["push", "delete", "cancel"] as const)
    expect(codeOf(() => strict.decide(all, action, own))).toBe("READ_ONLY")
  expect(codeOf(() => strict.decide(holder(["pull"]), "push", own))).toBe("SCOPE_INSUFFICIENT")
  const kept = createAccess(createAnonymousIdentity(), { deleteEnabled: false, readOnly: false })
  expect(codeOf(() => kept.decide(all, "delete", own))).toBe("DELETE_DISABLED")
  expect(codeOf(() => kept.decide(all, "cancel", own))).toBeUndefined()
})

test("the catalog shows every name to its holder, and gives none of the content", () => {
  for (const lister of [holder([], ["*"]), holder([], ["search"])]) {
    expect(access.canList(lister, other)).toBe(true)
    expect(access.canRead(lister, other)).toBe(false)
  }
})
