import { expect, test } from "bun:test"
import { fp } from "../../../src/failpoint.ts"

test("without a preloaded hook a failpoint does nothing, and one that comes later is not called", () => {
  const reached: string[] = []
  const key = Symbol.for("berth.failpoint")
  Reflect.set(globalThis, key, (name: string) => reached.push(name))
  fp("test.reached")
  Reflect.deleteProperty(globalThis, key)
  expect(reached).toEqual([])
})
