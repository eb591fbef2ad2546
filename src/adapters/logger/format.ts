export type LogLevel = "debug" | "info" | "warning" | "error"

export interface LogEntry {
  time: string
  level: LogLevel
  message: string
  fields: Record<string, unknown>
}

const PLAIN = /^[\w.@/^+-]+$/
// Printable ASCII that JSON leaves as it is: nearly every text, and quicker told than quoted.
const HARMLESS = /^[ !#-[\]-~]*$/
// What JSON leaves as it is and a terminal may obey.
// oxlint-disable-next-line no-control-regex
const TERMINAL_CONTROL = /[\u007f-\u009f\u2028\u2029]/g

export function formatJson({ time, level, message, fields }: LogEntry): string {
  return escapeControls(JSON.stringify({ ...fields, level, msg: message, time }))
}

export function formatText({ time, level, message, fields }: LogEntry): string {
  let line = `time="${time}" level=${level} msg=${quote(message)}`
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${key.replaceAll(/[^\w.-]/g, "_")}=${formatValue(value)}`
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
