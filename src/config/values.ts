import { InvalidValueError } from "./config-error.ts"
import { REDACTED } from "./setting-tree.ts"
import { parseDistributionDuration, parseDuration, parseLongDuration, withUnit } from "./duration.ts"

const DAY_SECONDS = 86_400

/** How the text of a scalar becomes a value. */
export interface ValueType<T> {
  /** Completes "must be …". */
  readonly allowed: string
  /** Throws InvalidValueError. */
  readonly parse: (text: string) => T
  /** What the operator is to know of a text that is allowed; follows the key's name. */
  readonly warning?: (text: string) => string | undefined
  /** What an allowed text comes to, where that is another. */
  readonly effective?: (text: string) => string
  /** Never shown. */
  readonly isSecret?: boolean
}

export const text: ValueType<string> = { allowed: "text", parse: (value) => value }

export const secret: ValueType<string> = {
  allowed: "text",
  parse: (value) => (value === REDACTED ? refuse() : value),
  isSecret: true,
}

// What YAML 1.1 calls a boolean, which distribution's parser follows.
export const flag: ValueType<boolean> = {
  allowed: "true or false",
  parse: (value) => {
    if (isYes(value)) return true
    return isNo(value) ? false : refuse()
  },
}

export function isYes(value: string): boolean {
  return /^(?:y|yes|true|on)$/i.test(value)
}

export function isNo(value: string): boolean {
  return /^(?:n|no|false|off)$/i.test(value)
}

export function integer(minimum: number, maximum = Number.MAX_SAFE_INTEGER): ValueType<number> {
  const upTo = maximum === Number.MAX_SAFE_INTEGER ? "" : ` and at most ${maximum}`
  return {
    allowed: `a whole number of at least ${minimum}${upTo}`,
    parse: (value) => inRange(wholeNumber(value), minimum, maximum),
  }
}

/** The default also stands for zero and below, as distribution has it. */
export function entries(standard: number): ValueType<number> {
  return {
    allowed: `a whole number; zero and below mean ${standard}`,
    parse: (value) => {
      const count = wholeNumber(value)
      return count > 0 ? count : standard
    },
    effective: (value) => (wholeNumber(value) > 0 ? value : `${standard}`),
    warning: (value) => (/^[+-]?0$|^-[1-9][\d_]*$/.test(value) ? `is ${value}, and ${standard} instead` : undefined),
  }
}

/** In seconds, above zero; also in days and weeks, as a key of distribution's may not be. */
export function durationUpTo(maximum: number): ValueType<number> {
  const most = maximum % DAY_SECONDS === 0 ? `${maximum / DAY_SECONDS}d` : `${maximum}s`
  return {
    allowed: `a duration above zero such as 500ms, 90s, 1h30m or 7d, at most ${most}`,
    parse: (value) => inRange(parseLongDuration(value), Number.MIN_VALUE, maximum),
  }
}

/** In seconds; bare numbers are nanoseconds. */
export const distributionDuration: ValueType<number> = {
  allowed: "a duration such as 168h, 1h30m or 500ms",
  parse: parseDistributionDuration,
  effective: withUnit,
  warning: (value) =>
    isSlip(value) ? `is ${value} nanoseconds: a number needs a unit, such as ${value}s or ${value}ms` : undefined,
}

/** In seconds; the default stands, with a warning, for less than a second. */
export function secondsOr(standard: string): ValueType<number> {
  const { parse, warning: warnOfNumber, allowed } = durationOr(standard)
  const isTooShort = (value: string) => parseDistributionDuration(value) < 1
  return {
    allowed,
    parse: (value) => (isTooShort(value) ? parseDuration(standard) : parse(value)),
    effective: (value) => (isTooShort(value) ? standard : withUnit(value)),
    warning: (value) =>
      warnOfNumber?.(value) ??
      (isDuration(value) && isTooShort(value)
        ? `is ${value}, and ${standard} instead: it must be at least 1s`
        : undefined),
  }
}

/** Warnings are asked for before values are checked. */
function isDuration(value: string): boolean {
  try {
    return parseDistributionDuration(value) >= 0
  } catch {
    return false
  }
}

const SHORTEST_SECONDS = 0.001

/**
 * In seconds. The default also stands for zero, and, with a warning, for less than a millisecond: whoever writes a number
 * without its unit means seconds or milliseconds, and would get nanoseconds.
 */
export function durationOr(standard: string): ValueType<number> {
  return {
    allowed: "a duration such as 10s or 500ms",
    parse: (value) => {
      const seconds = parseDistributionDuration(value)
      return seconds < SHORTEST_SECONDS ? parseDuration(standard) : seconds
    },
    effective: (value) => (parseDistributionDuration(value) < SHORTEST_SECONDS ? standard : withUnit(value)),
    warning: (value) =>
      isSlip(value)
        ? `is ${value} nanoseconds, and ${standard} instead: a number needs a unit, such as ${value}s or ${value}ms`
        : undefined,
  }
}

function isSlip(value: string): boolean {
  return /^\d+$/.test(value) && Number(value) > 0 && Number(value) < SHORTEST_SECONDS * 1e9
}

export function choice<const T extends string>(...names: readonly T[]): ValueType<T> {
  return {
    allowed: names.length === 1 ? names.join("") : `one of ${names.join(", ")}`,
    parse: (value) => names.find((name) => name === value) ?? refuse(),
  }
}

export function caseless<const T extends string>(...names: readonly T[]): ValueType<T> {
  const { allowed, parse } = choice(...names)
  return { allowed, parse: (value) => parse(value.toLowerCase()) }
}

/** Reads numbers as YAML writes them: `1_000` too. */
function wholeNumber(value: string): number {
  const number = /^[+-]?(?:0|[1-9][\d_]*)$/.test(value) ? Number(value.replaceAll("_", "")) : Number.NaN
  return inRange(number, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
}

function inRange(number: number, minimum: number, maximum: number): number {
  return number >= minimum && number <= maximum ? number : refuse()
}

function refuse(): never {
  throw new InvalidValueError("not allowed")
}
