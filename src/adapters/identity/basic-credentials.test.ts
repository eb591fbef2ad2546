import { expect, test } from "bun:test"
import { formatBasicChallenge } from "./basic-challenge.ts"
import { findBasicCredentials } from "./basic-credentials.ts"

const encode = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("base64")

test.each([
  ["the first colon splits", `Basic ${encode("a:b:c")}`, { user: "a", password: "b:c" }],
  ["the scheme in any case, more than one space", `bAsIc   ${encode("a:b")}`, { user: "a", password: "b" }],
  ["UTF-8", `Basic ${encode("jürgen:pässwörd 🙂")}`, { user: "jürgen", password: "pässwörd 🙂" }],
  ["an empty password", `Basic ${encode("a:")}`, { user: "a", password: "" }],
  ["a user of 255 bytes", `Basic ${encode(`${"a".repeat(253)}ü:b`)}`, { user: `${"a".repeat(253)}ü`, password: "b" }],
  ["base64 without its padding", "Basic YTpi", { user: "a", password: "b" }],
])("%s is read", (_, header, expected) => {
  expect(findBasicCredentials(header)).toEqual(expected)
})

test.each([
  ["another scheme", "Bearer abc"],
  ["no value", "Basic "],
  ["no colon", `Basic ${encode("alice")}`],
  ["no user", `Basic ${encode(":secret")}`],
  ["characters that are not base64", "Basic YTpi!"],
  ["something behind it", `Basic ${encode("a:b")} x`],
  ["the alphabet of URLs", "Basic YTo_Pz8-"],
  ["bytes that are no UTF-8", `Basic ${encode(new Uint8Array([97, 58, 0xff, 0xfe]))}`],
  ["an overlong encoding", `Basic ${encode(new Uint8Array([97, 58, 0xc0, 0xaf]))}`],
  ["a control character", `Basic ${encode("a\n:b")}`],
  ["a user of 256 bytes", `Basic ${encode(`${"a".repeat(254)}ü:b`)}`],
  ["NUL", `Basic ${encode("a:b\0c")}`],
])("%s is refused", (_, header) => {
  expect(findBasicCredentials(header)).toBeUndefined()
})

test("a header of 16 KiB is refused or read in one pass", () => {
  const start = performance.now()
  findBasicCredentials(`Basic ${" ".repeat(16_000)}`)
  findBasicCredentials(`Basic ${"A".repeat(16_000)}!`)
  findBasicCredentials(`Basic ${encode("a".repeat(12_000))}`)
  expect(performance.now() - start).toBeLessThan(200)
})

test.each([
  ["Registry", 'Basic realm="Registry"'],
  ['say "hi" \\ now', String.raw`Basic realm="say \"hi\" \\ now"`],
  ["Häfen\r\nX: y", 'Basic realm="H?fen??X: y"'],
])("the realm %j is quoted", (realm, expected) => {
  expect(formatBasicChallenge(realm)).toBe(expected)
})
