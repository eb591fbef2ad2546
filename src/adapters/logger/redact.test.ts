import { expect, test } from "bun:test"
import { redact } from "./redact.ts"

test("what lies under the name of a secret is left out, at every depth that is shown", () => {
  const fields = {
    user: "alice",
    Authorization: "Basic YTpi",
    headers: { cookie: "session=1", "set-cookie": ["a"], accept: "*/*", deep: { clientSecret: "s", n: 1 } },
    list: [{ password: "p" }, "shown"],
    refresh_token: { any: "thing" },
    token: undefined,
  }
  expect(redact(fields)).toEqual({
    user: "alice",
    Authorization: "[redacted]",
    headers: {
      cookie: "[redacted]",
      "set-cookie": "[redacted]",
      accept: "*/*",
      deep: { clientSecret: "[redacted]", n: 1 },
    },
    list: [{ password: "[redacted]" }, "shown"],
    refresh_token: "[redacted]",
    token: undefined,
  })
})

test("what is nested deeper is not shown, so that nothing in it and no circle matters", () => {
  const circle: Record<string, unknown> = { name: "a" }
  circle["self"] = circle
  expect(redact({ circle })).toEqual({ circle: { name: "a", self: { name: "a", self: "[…]" } } })
})

test("values that JSON does not know are made into text", () => {
  const time = new Date(0)
  const shown = redact({ big: 10n, run: () => 1, time, error: new Error("why", { cause: new Error("deeper") }) })
  expect(shown).toMatchObject({ big: "10", run: "[function]", time: "1970-01-01T00:00:00.000Z" })
  expect(shown["error"]).toStartWith("Error: why\n")
  expect(shown["error"]).toEndWith("\ncaused by Error: deeper")
})
