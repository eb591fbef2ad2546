export type LogLevel = "debug" | "info" | "warning" | "error"

export interface LogEntry {
  time: string
  level: LogLevel
  message: string
  fields: Record<string, unknown>
}

const JSON_KEYS = ["level", "msg", "time"]
const LOGSTASH_KEYS = ["@timestamp", "@version", "level", "message"]

const PLAIN_KEY = /^[\w.-]+$/
const PLAIN = /^[\w.@/^+-]+$/
// Printable ASCII that JSON leaves as it is: nearly every text, and quicker told than quoted.
const HARMLESS = /^[ !#-[\]-~]*$/
// What JSON leaves as it is and a terminal may obey.
// oxlint-disable-next-line no-control-regex
const TERMINAL_CONTROL = /[\u007f-\u009f\u2028\u2029]/g

export function formatJson({ time, level, message, fields }: LogEntry): string {
  return escapeControls(JSON.stringify({ ...apart(fields, JSON_KEYS), level, msg: message, time }))
}

/** What logrus' formatter for Logstash writes, which distribution uses. */
export function formatLogstash({ time, level, message, fields }: LogEntry): string {
  const own = { "@timestamp": time, "@version": "1", level, message }
  return escapeControls(JSON.stringify({ ...apart(fields, LOGSTASH_KEYS), ...own }))
}

/** A field that has the name of a line's own keys is kept under another, as logrus does. */
function apart(fields: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  const clashes = keys.filter((key) => key in fields)
  if (clashes.length === 0) return fields
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [keys.includes(key) ? `fields.${key}` : key, value]),
  )
}

export function formatText({ time, level, message, fields }: LogEntry): string {
  let line = `time="${time}" level=${level} msg=${quote(message)}`
  for (const key in fields) {
    const value = fields[key]
    if (value !== undefined)
      line += ` ${PLAIN_KEY.test(key) ? key : key.replaceAll(/[^\w.-]/g, "_")}=${formatValue(value)}`
  }
  return line
}

function formatValue(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value)
  const text = typeof value === "string" ? value : JSON.stringify(value)
  return PLAIN.test(text) ? text : quote(text)
}

/** A string on one line, whatever it holds: a caller's text cannot forge a line of its own. */
function quote(text: string): string {
  return HARMLESS.test(text) ? `"${text}"` : escapeControls(JSON.stringify(text))
}

function escapeControls(json: string): string {
  return json.replaceAll(TERMINAL_CONTROL, (character) => {
    return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  })
}
