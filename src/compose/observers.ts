import { writeSync } from "node:fs"
import { systemClock as clock } from "../adapters/clock/system.ts"
import { createLineWriter } from "../adapters/logger/line-writer.ts"
import type { FlushingLogger } from "../adapters/logger/stderr.ts"
import type { LogConfig } from "../config/config.ts"
import { createAccessLines, createAnswerLog } from "../http/access-log.ts"
import { combineObservers, type RequestObserver } from "../http/observer.ts"
import { createRequestMetrics } from "../http/request-metrics.ts"
import type { Metrics } from "../ports/metrics.ts"

interface Observers {
  observer: RequestObserver
  /** Writes what is still held back; to be called before the process ends. */
  flush(): void
}

const STANDARD_OUTPUT = 1

/** Who watches requests. Lines of access go to standard output and all others to standard error, as in distribution. */
export function createObservers({ accessLog }: LogConfig, log: FlushingLogger, metrics?: Metrics): Observers {
  const lines = createLineWriter((bytes) => writeSync(STANDARD_OUTPUT, bytes))
  const access = accessLog ? [createAccessLines({ clock, write: (line) => lines.add(line) })] : []
  const answers = createAnswerLog(log, () => log.writes("info"))
  const counts = metrics === undefined ? [] : [createRequestMetrics(metrics)]
  return { observer: combineObservers([answers, ...access, ...counts]), flush: () => lines.flush() }
}
