import { expect, test } from "bun:test"
import { getField, parseAnswer } from "./answer.ts"

const CREATED = "HTTP/1.1 201 Created\r\nLocation: /v2/a\r\nContent-Length: 5\r\n\r\nhello"

test("an answer with a length is complete when its last byte is there", () => {
  for (let size = 0; size < CREATED.length; size++) {
    expect(parseAnswer(Buffer.from(CREATED.slice(0, size)), false)).toBeUndefined()
  }
  const parsed = parseAnswer(Buffer.from(`${CREATED}HTTP/1.1 200`), false)
  expect(parsed?.sizeBytes).toBe(CREATED.length)
  expect(parsed?.answer.status).toBe(201)
  expect(parsed?.answer.body.toString()).toBe("hello")
  expect(parsed && getField(parsed.answer, "location")).toBe("/v2/a")
})

test("an answer in chunks is put together, and waits for the last one", () => {
  const text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"
  expect(parseAnswer(Buffer.from(text.slice(0, -2)), false)).toBeUndefined()
  const parsed = parseAnswer(Buffer.from(text), false)
  expect(parsed?.answer.body.toString()).toBe("abc0123456789")
  expect(parsed?.sizeBytes).toBe(text.length)
})

test("an answer to HEAD has no body, whatever length it states", () => {
  const head = CREATED.slice(0, -5)
  expect(parseAnswer(Buffer.from(head), true)?.sizeBytes).toBe(head.length)
})

test("an answer of unknown length is an error", () => {
  expect(() => parseAnswer(Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), false)).toThrow("neither length nor chunks")
})
