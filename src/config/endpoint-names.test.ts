import { expect, test } from "bun:test"
import { nameEndpoints } from "./endpoint-names.ts"

test("every endpoint has a name of its own, also where an invented one is taken", () => {
  expect(nameEndpoints(["a", undefined, "a"])).toEqual(["a", "endpoint-1", "a-2"])
  expect(nameEndpoints(["a-2", "a", "a"])).toEqual(["a-2", "a", "a-2-2"])
})
