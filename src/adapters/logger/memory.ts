import type { Logger } from "../../ports/logger.ts"

export interface MemoryLogger extends Logger {
  /** What was logged at a level, in order. */
  messages(level: keyof Logger): string[]
  /** What was logged with such a message, in order. */
  fields(message: string): object[]
}

/** Keeps what is logged, for tests to look at. */
export function createMemoryLogger(): MemoryLogger {
  const lines: { level: keyof Logger; message: string; fields: object }[] = []
  const at =
    (level: keyof Logger): Logger["info"] =>
    (message, fields = {}) =>
      void lines.push({ level, message, fields })
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    messages: (level) => lines.filter((line) => line.level === level).map((line) => line.message),
    fields: (message) => lines.filter((line) => line.message === message).map((line) => line.fields),
  }
}
