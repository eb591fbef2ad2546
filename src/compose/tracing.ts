import { readTracing } from "../config/tracing.ts"
import type { Logger } from "../ports/logger.ts"
import type { Tracer } from "../ports/tracer.ts"

interface TracingParts {
  env: Readonly<Record<string, string | undefined>>
  version: string
  log: Logger
}

/** Opens what sends traces; `undefined`, and nothing loaded, where none are wanted. */
export async function openTracer({ env, version, log }: TracingParts): Promise<Tracer | undefined> {
  const config = readTracing(env)
  if (config === undefined) return undefined
  const { createOpenTelemetryTracer } = await import("../adapters/tracer/opentelemetry.ts")
  return createOpenTelemetryTracer({ ...config, version, log })
}
