export interface Column<Row> {
  title: string
  /** Numbers stand at the right. */
  isNumber?: boolean
  show: (row: Row) => string
  /** As `show`, where the table should fit a terminal. */
  showShort?: (row: Row) => string
}

/** Lines of a table, each column as wide as its widest text. */
export function printTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], isShort = false): string {
  const print = (row: Row) => columns.map(({ show, showShort }) => (isShort && showShort ? showShort(row) : show(row)))
  const lines = [columns.map(({ title }) => title), ...rows.map(print)]
  const widths = columns.map((_, index) =>
    lines.reduce((widest, line) => Math.max(widest, line[index]?.length ?? 0), 0),
  )
  return lines
    .map((line) =>
      line
        .map((text, index) => {
          const width = widths[index] ?? 0
          return columns[index]?.isNumber === true ? text.padStart(width) : text.padEnd(width)
        })
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("")
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]

/** `1.5 MiB`: three digits say enough to a person. */
export function printBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit] ?? ""}`
}

/** `2026-11-22 09:30`, in UTC, as the logs are; a dash for nothing. */
export function printTime(time: string | null | undefined): string {
  return time === null || time === undefined ? "-" : time.slice(0, 16).replace("T", " ")
}

/** `1 tag`, `2 tags`. */
export function printCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`
}

const SPANS: readonly [number, string][] = [
  [86_400, "d"],
  [3600, "h"],
  [60, "m"],
  [1, "s"],
]

/** `1d12h`, `20m`: the two largest units. */
export function printSpan(seconds: number): string {
  const parts: string[] = []
  let rest = Math.round(seconds)
  for (const [length, unit] of SPANS) {
    if (rest >= length && parts.length < 2) parts.push(`${Math.floor(rest / length)}${unit}`)
    rest %= length
  }
  return parts.join("") || "0s"
}
