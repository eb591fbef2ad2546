import { RegistryError } from "./errors.ts"

// RFC 3339, and the shorter forms in which times are printed: they are in UTC. The plus of an offset is a space in a query
// that nobody escaped.
const FORM = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(?::(\d\d)(\.\d{1,9})?)?([Zz]|[+\- ]\d\d:\d\d)?)?$/

/** Epoch milliseconds. Throws TIME_INVALID. */
export function parseTimestamp(text: string): number {
  const match = FORM.exec(text)
  if (match === null) throw invalid(text)
  const [, date = "", time = "00:00", seconds = "00", fraction = "", zone = "Z"] = match
  const iso = `${date}T${time}:${seconds}${fraction.slice(0, 4)}${zone.replace(" ", "+").toUpperCase()}`
  const at = Date.parse(iso)
  // The parser takes 30 February for 2 March.
  const isReal =
    Number(date.slice(8)) <= new Date(Date.UTC(Number(date.slice(0, 4)), Number(date.slice(5, 7)), 0)).getUTCDate()
  if (Number.isNaN(at) || !isReal) throw invalid(text)
  return at
}

function invalid(text: string): RegistryError {
  return new RegistryError(
    "TIME_INVALID",
    `${JSON.stringify(text.slice(0, 50))} is no time such as 2026-11-22T09:30:00Z`,
  )
}
