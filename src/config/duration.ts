import { InvalidValueError } from "./config-error.ts"

const PER_SECOND: Readonly<Record<string, number>> = { ns: 1e9, us: 1e6, µs: 1e6, μs: 1e6, ms: 1e3, s: 1 }
const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 }
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y
const LONG_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w)/y
// Go keeps a duration in 63 bits of nanoseconds.
const MAXIMUM_SECONDS = 9_223_372_036

/** Reads a duration in Go's syntax (`1h30m`, `500ms`, `0`) as seconds. Throws InvalidValueError; negative ones are bad. */
export function parseDuration(text: string): number {
  return readParts(text, PART)
}

/** As parseDuration, and takes days of 24 hours and weeks (`90d`, `2w`), which Go's syntax lacks. */
export function parseLongDuration(text: string): number {
  return readParts(text, LONG_PART)
}

function readParts(text: string, pattern: RegExp): number {
  if (text === "0") return 0
  let seconds = 0
  let end = 0
  while (end < text.length) {
    pattern.lastIndex = end
    const [part, amount = "", unit = ""] = pattern.exec(text) ?? []
    if (part === undefined) break
    // Divided rather than multiplied by 0.001: 7ms is 0.007, the nearest there is.
    seconds += (Number(amount) * (SECONDS[unit] ?? 1)) / (PER_SECOND[unit] ?? 1)
    end += part.length
  }
  if (text === "" || end < text.length || seconds > MAXIMUM_SECONDS) throw new InvalidValueError("not a duration")
  return seconds
}

/** As parseDuration, and a bare number is nanoseconds, as in distribution's files. */
export function parseDistributionDuration(text: string): number {
  return parseDuration(/^\d+$/.test(text) ? `${text}ns` : text)
}

/** Writes a bare number of nanoseconds as one reads it, `1.5s`; other durations are left as they are. */
export function withUnit(text: string): string {
  if (!/^\d+$/.test(text)) return text
  const nanoseconds = Number(text)
  if (nanoseconds === 0) return "0s"
  const unit = (["s", "ms", "us"] as const).find((each) => nanoseconds >= 1e9 / (PER_SECOND[each] ?? 1)) ?? "ns"
  return `${(nanoseconds * (PER_SECOND[unit] ?? 1)) / 1e9}${unit}`
}
