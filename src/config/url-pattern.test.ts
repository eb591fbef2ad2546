import { expect, test } from "bun:test"
import { InvalidValueError } from "./config-error.ts"
import { hasNestedRepetition, parseUrlPattern } from "./url-pattern.ts"

test.each([
  ["^https://example\\.com/", "https://example.com/layer", true],
  ["^https://example\\.com/", "https://example.org/layer", false],
  ["(?i)^HTTPS:", "https://example.com", true],
  ["\\Ahttps:.*\\z", "https://a", true],
  ["^(?P<scheme>https)://", "https://a", true],
])("parseUrlPattern() reads %s as Go does", (pattern, url, isMatch) => {
  expect(parseUrlPattern(pattern).test(url)).toBe(isMatch)
})

test.each(["[", "\\pL+", "(?s).*", "a(?i)b", "[[:alpha:]]", "\\Qa.b\\E", "(?U)a*"])(
  "parseUrlPattern() refuses %s, which JavaScript reads otherwise or not at all",
  (pattern) => {
    expect(() => parseUrlPattern(pattern)).toThrow(InvalidValueError)
  },
)

test.each(["(a+)+", "^https?://([^/]+\\.)*example\\.com/", "((a*)b?){2,}", "(?:x(?:y|z+))*"])(
  "a repetition within a repetition is seen in %s",
  (pattern) => expect(hasNestedRepetition(pattern)).toBe(true),
)

test.each(["^https?://[^/]+/.*", "(a|b)*c+", "(ab?){3}", "\\(a+\\)+", "([+*]x)+", "(a+)b(c+)", "(a+){2}"])(
  "none is seen in %s",
  (pattern) => expect(hasNestedRepetition(pattern)).toBe(false),
)
