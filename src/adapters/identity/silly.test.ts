import { expect, test } from "bun:test"
import { listScopes } from "../../domain/scope.ts"
import { describeIdentity } from "../../ports/identity.contract.ts"
import { createSillyIdentity } from "./silly.ts"

const address = "192.0.2.7"
const silly = createSillyIdentity({ realm: "http://localhost/token", service: "svc" })

describeIdentity("silly", async () => ({
  identity: silly,
  right: { credentials: { authorization: "whatever", address }, user: "silly" },
  wrong: [
    { authorization: null, address },
    { authorization: "", address },
  ],
  [Symbol.dispose]() {},
}))

test("the challenge names each right on its own", () => {
  const denial = { authorization: null, isInsufficient: false, origin: "" }
  expect(silly.challenge({ ...denial, scopes: [] })).toBe('Bearer realm="http://localhost/token",service="svc"')
  expect(silly.challenge({ ...denial, scopes: listScopes("push", "a/b") })).toBe(
    'Bearer realm="http://localhost/token",service="svc",scope="repository:a/b:pull repository:a/b:push"',
  )
})
