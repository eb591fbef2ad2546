import { expect, test } from "bun:test"
import { parseAddress } from "./address.ts"
import { InvalidValueError } from "./config-error.ts"

test.each([
  [":5000", { host: "", port: 5000 }],
  ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
  ["localhost:443", { host: "localhost", port: 443 }],
  ["[::1]:5000", { host: "::1", port: 5000 }],
])("parseAddress() reads %s", (text, address) => {
  expect(parseAddress(text)).toEqual({ kind: "tcp", ...address })
})

test.each(["", "5000", "localhost", "::1:5000", "host:65536", "host:-1", "http://host:80", "[::1]", "a b:1"])(
  "parseAddress() refuses %p",
  (text) => {
    expect(() => parseAddress(text)).toThrow(InvalidValueError)
  },
)
