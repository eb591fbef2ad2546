import { expect, test } from "bun:test"
import { createAnonymousIdentity } from "./anonymous.ts"

test("everybody is anonymous, and counted by address", async () => {
  const identity = createAnonymousIdentity()
  const actor = await identity.authenticate({ authorization: "Basic YTpi", address: "192.0.2.7" })
  expect(actor).toEqual({ id: "anonymous", quotaKey: "address:192.0.2.7" })
  expect(identity.challenge).toBeUndefined()
})
