import { writeSync } from "node:fs"
import { systemClock as clock } from "../adapters/clock/system.ts"
import { createLineWriter } from "../adapters/logger/line-writer.ts"
import type { FlushingLogger } from "../adapters/logger/stderr.ts"
import type { LogConfig } from "../config/config.ts"
import { createAccessLines, createAnswerLog } from "../http/access-log.ts"
import { combineObservers, type RequestObserver } from "../http/observer.ts"
import { createRequestMetrics } from "../http/request-metrics.ts"
import { createRequestTraces } from "../http/request-traces.ts"
import type { Metrics } from "../ports/metrics.ts"
import type { Tracer } from "../ports/tracer.ts"

interface Observers {
  observer: RequestObserver
  /** Writes what is still held back; to be called before the process ends. */
  flush(): void
}

interface ObserverParts {
  log: FlushingLogger
  metrics: Metrics | undefined
  tracer: Tracer | undefined
}

const STANDARD_OUTPUT = 1

/** Who watches requests. Lines of access go to standard output and all others to standard error, as in distribution. */
export function createObservers({ accessLog }: LogConfig, { log, metrics, tracer }: ObserverParts): Observers {
  const lines = createLineWriter((bytes) => writeSync(STANDARD_OUTPUT, bytes))
  const access = accessLog ? [createAccessLines({ clock, write: (line) => lines.add(line) })] : []
  const answers = createAnswerLog(log, () => log.writes("info"))
  const counts = metrics === undefined ? [] : [createRequestMetrics(metrics)]
  const traces = tracer === undefined ? [] : [createRequestTraces(tracer)]
  return { observer: combineObservers([answers, ...access, ...counts, ...traces]), flush: () => lines.flush() }
}
