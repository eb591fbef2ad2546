import { writeSync } from "node:fs"
import type { Logger } from "../../ports/logger.ts"
import { formatJson, formatText, type LogLevel } from "./format.ts"
import { createLineWriter } from "./line-writer.ts"
import { redact } from "./redact.ts"

export interface LoggerOptions {
  level: "error" | "warn" | "info" | "debug"
  formatter: "text" | "json"
  /** Added to every line. */
  fields?: Readonly<Record<string, string>>
  /** Takes whole lines; throws as the system does. Standard error when left out. */
  write?: (bytes: Uint8Array) => number
}

export interface FlushingLogger extends Logger {
  /** Writes what is still held back; to be called before the process ends. */
  flush(): void
}

const STANDARD_ERROR = 2
const SEVERITY: Record<LogLevel, number> = { debug: 0, info: 1, warning: 2, error: 3 }

/**
 * Logs lines in the two forms that distribution writes (logrus): `time="…" level=info msg="…" key=value`, and JSON.
 * Warnings and errors are written at once; the others are gathered for one turn of the event loop.
 */
export function createLogger(options: LoggerOptions): FlushingLogger {
  const { fields: always = {}, write = (bytes) => writeSync(STANDARD_ERROR, bytes) } = options
  const lines = createLineWriter(write)
  const format = options.formatter === "json" ? formatJson : formatText
  const lowest = SEVERITY[options.level === "warn" ? "warning" : options.level]

  function at(level: LogLevel): Logger["info"] {
    if (SEVERITY[level] < lowest) return () => undefined
    const isUrgent = SEVERITY[level] >= SEVERITY.warning
    return (message, fields) => {
      const time = new Date().toISOString()
      lines.add(format({ time, level, message, fields: { ...always, ...(fields && redact(fields)) } }))
      if (isUrgent) lines.flush()
    }
  }

  return { debug: at("debug"), info: at("info"), warn: at("warning"), error: at("error"), flush: () => lines.flush() }
}
