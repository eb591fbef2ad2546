import { RegistryError } from "./errors.ts"

// RFC 3339, and the shorter forms in which times are printed: they are in UTC. The plus of an offset is a space in a query
// that nobody escaped.
const FORM = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(?:[Zz]|([+\- ])(\d\d):(\d\d))?)?$/
const [DAY_MS, MINUTE_MS, SECOND_MS] = [86_400_000, 60_000, 1000]

/**
 * The last millisecond of what is written, since times are printed to the second or the minute: what happened within
 * 09:30:05 has happened by then, and by 09:30 what happened within that minute. A date is the end of its day. Epoch
 * milliseconds. Throws TIME_INVALID.
 */
export function parseTimestamp(text: string): number {
  return parsePeriod(text).until
}

/** From the first to the last millisecond of what is written: a date is a day long. Throws TIME_INVALID. */
export function parsePeriod(text: string): { from: number; until: number } {
  const match = FORM.exec(text)
  if (match === null) throw invalid(text)
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  const [fraction, sign, ...zone] = match.slice(7)
  const [zoneHour = 0, zoneMinute = 0] = zone.map((part) => Number(part ?? 0))
  const isReal =
    month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month) && hour < 24 && minute < 60 && second < 60
  if (!isReal || zoneHour > 23 || zoneMinute > 59) throw invalid(text)
  const local = countDays(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * SECOND_MS
  const offsetMs = (zoneHour * 60 + zoneMinute) * MINUTE_MS
  const start = local - (sign === "-" ? -offsetMs : offsetMs)
  if (fraction === undefined) return { from: start, until: start + lengthOf(match) - 1 }
  const exact = start + Math.floor(Number(fraction) * SECOND_MS)
  return { from: exact, until: exact }
}

/** The time that is so much later, as an ISO 8601 text in UTC. Throws TIME_INVALID. */
export function addSeconds(time: string, seconds: number): string {
  const at = parsePeriod(time).from + seconds * SECOND_MS
  const days = Math.floor(at / DAY_MS)
  // As if the years were of one length, and then the year before or this one.
  let year = 1970 + Math.floor(days / 365.2425) + 1
  while (countDays(year, 1, 1) > days) year--
  let month = 12
  while (countDays(year, month, 1) > days) month--
  const ofDay = at - days * DAY_MS
  const [hour, minute, second] = [ofDay / 3_600_000, (ofDay / MINUTE_MS) % 60, (ofDay / SECOND_MS) % 60]
  const date = [pad(year, 4), pad(month), pad(days - countDays(year, month, 1) + 1)].join("-")
  return `${date}T${[hour, minute, second].map((part) => pad(part)).join(":")}.${pad(ofDay % SECOND_MS, 3)}Z`
}

function pad(value: number, digits = 2): string {
  return String(Math.floor(value)).padStart(digits, "0")
}

/** Of the smallest part that is written. */
function lengthOf([, , , , hour, , second]: readonly (string | undefined)[]): number {
  if (hour === undefined) return DAY_MS
  return second === undefined ? MINUTE_MS : SECOND_MS
}

function daysOf(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

/** Since 1970-01-01, in the Gregorian calendar. */
function countDays(year: number, month: number, day: number): number {
  const before = year - 1
  const years = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  let days = years - DAYS_BEFORE_1970
  for (let each = 1; each < month; each++) days += daysOf(year, each)
  return days + day - 1
}

const DAYS_BEFORE_1970 = 719_162

function invalid(text: string): RegistryError {
  return new RegistryError(
    "TIME_INVALID",
    `${JSON.stringify(text.slice(0, 50))} is no time such as 2026-11-22T09:30:00Z`,
  )
}
