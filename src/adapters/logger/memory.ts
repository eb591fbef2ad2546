import type { Logger } from "../../ports/logger.ts"

export interface MemoryLogger extends Logger {
  /** What was logged at a level, in order. */
  messages(level: keyof Logger): string[]
}

/** Keeps what is logged, for tests to look at. */
export function createMemoryLogger(): MemoryLogger {
  const lines: { level: keyof Logger; message: string }[] = []
  const at =
    (level: keyof Logger): Logger["info"] =>
    (message) =>
      void lines.push({ level, message })
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    messages: (level) => lines.filter((line) => line.level === level).map((line) => line.message),
  }
}
