import { writeSync } from "node:fs"
import type { Logger } from "../../ports/logger.ts"
import { formatJson, formatLogstash, formatText, type LogLevel } from "./format.ts"
import { createLineWriter } from "./line-writer.ts"
import { redact } from "./redact.ts"

type Threshold = "error" | "warn" | "info" | "debug"

export interface LoggerOptions {
  level: Threshold
  formatter: "text" | "json" | "logstash"
  /** Added to every line. */
  fields?: Readonly<Record<string, string>>
  /** Takes whole lines; throws as the system does. Standard error when left out. */
  write?: (bytes: Uint8Array) => number
}

export interface FlushingLogger extends Logger {
  /** Writes what is still held back; to be called before the process ends. */
  flush(): void
  /** The least important lines that are written from now on. */
  setLevel(level: Threshold): void
  /** Whether lines of a level are written: for whoever would gather much for one. */
  writes(level: Threshold): boolean
}

const STANDARD_ERROR = 2
const FORMATS = { text: formatText, json: formatJson, logstash: formatLogstash }
const SEVERITY: Record<LogLevel, number> = { debug: 0, info: 1, warning: 2, error: 3 }

/**
 * Logs lines in the forms that distribution writes (logrus): `time="…" level=info msg="…" key=value`, JSON, and Logstash's.
 * Warnings and errors are written at once; the others are gathered for one turn of the event loop.
 */
export function createLogger(options: LoggerOptions): FlushingLogger {
  const { fields: always = {}, write = (bytes) => writeSync(STANDARD_ERROR, bytes) } = options
  const lines = createLineWriter(write)
  const format = FORMATS[options.formatter]
  let lowest = severityOf(options.level)

  const hasAlways = Object.keys(always).length > 0
  const withAlways = (fields: Record<string, unknown> = {}): Record<string, unknown> =>
    hasAlways ? { ...always, ...redact(fields) } : redact(fields)

  function at(level: LogLevel): Logger["info"] {
    const isUrgent = SEVERITY[level] >= SEVERITY.warning
    return (message, fields) => {
      if (SEVERITY[level] < lowest) return
      const time = new Date().toISOString()
      lines.add(format({ time, level, message, fields: withAlways(fields) }))
      if (isUrgent) lines.flush()
    }
  }

  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warning"),
    error: at("error"),
    flush: () => lines.flush(),
    setLevel: (level) => void (lowest = severityOf(level)),
    writes: (level) => severityOf(level) >= lowest,
  }
}

function severityOf(level: Threshold): number {
  return SEVERITY[level === "warn" ? "warning" : level]
}
