import { expect, test } from "bun:test"
import { describeIdentity } from "../../ports/identity.contract.ts"
import { createAnonymousIdentity } from "./anonymous.ts"

describeIdentity("anonymous", async () => ({
  identity: createAnonymousIdentity(),
  right: { credentials: { authorization: null, address: "192.0.2.7" }, user: "anonymous" },
  wrong: [],
  [Symbol.dispose]() {},
}))

test("everybody is anonymous whatever they bring, and counted by address", async () => {
  const actor = await createAnonymousIdentity().authenticate({ authorization: "Basic YTpi", address: "192.0.2.7" })
  expect(actor).toEqual({ id: "anonymous", quotaKey: "address:192.0.2.7" })
})
