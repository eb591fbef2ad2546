import type { Logger } from "../../ports/logger.ts"

export interface MemoryLogger extends Logger {
  readonly lines: LoggedLine[]
}

export interface LoggedLine {
  level: keyof Logger
  message: string
  fields: Record<string, unknown>
}

/** Keeps what is logged, for tests to look at. */
export function createMemoryLogger(): MemoryLogger {
  const lines: LoggedLine[] = []
  const at =
    (level: keyof Logger): Logger["info"] =>
    (message, fields = {}) =>
      void lines.push({ level, message, fields })
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }
}
