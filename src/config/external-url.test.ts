import { expect, test } from "bun:test"
import { findExternalUrl } from "./external-url.ts"

test.each([
  ["https://registry.example.com", "https://registry.example.com"],
  ["http://registry.example.com:5000/", "http://registry.example.com:5000"],
  ["https://example.com/registry/", "https://example.com/registry"],
  ["registry.example.com", undefined],
  ["localhost:5000", undefined],
  ["ftp://example.com", undefined],
  ["https://", undefined],
])("findExternalUrl() reads %p as %p", (host, url) => {
  expect(findExternalUrl(host)).toBe(url)
})
