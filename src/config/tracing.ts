import type { Environment } from "./environment.ts"

/** How traces are sent, by the variables that OpenTelemetry has specified. The exporter and the resource read their own. */
export interface TracingConfig {
  readonly sampler: TraceSampler
  /** Spans that may wait to be sent; further ones are dropped. */
  readonly queueSize: number
  readonly batchSize: number
  readonly delayMs: number
}

export interface TraceSampler {
  /** Whether a client that has its trace recorded, or not, decides for this server as well. */
  readonly followsParent: boolean
  /** Of the requests whose trace begins here: 0 to 1. */
  readonly ratio: number
}

const SAMPLERS = /^(parentbased_)?(always_on|always_off|traceidratio)$/

/**
 * Reads OTEL_…; `undefined`: no traces are wanted. Nothing is sent unless an endpoint is named: the default of the
 * specification, port 4318 of this machine, is nobody's in most places.
 */
export function readTracing(env: Environment): TracingConfig | undefined {
  const said = (name: string) => env[name]?.trim() || undefined
  if (said("OTEL_SDK_DISABLED")?.toLowerCase() === "true") return undefined
  const exporter = said("OTEL_TRACES_EXPORTER")
  if (exporter !== undefined && exporter !== "otlp") return undefined
  const endpoint = said("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") ?? said("OTEL_EXPORTER_OTLP_ENDPOINT")
  if (endpoint === undefined && exporter === undefined) return undefined
  const queueSize = count(said("OTEL_BSP_MAX_QUEUE_SIZE"), 2048)
  return {
    sampler: readSampler(said("OTEL_TRACES_SAMPLER"), said("OTEL_TRACES_SAMPLER_ARG")),
    queueSize,
    batchSize: Math.min(count(said("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"), 512), queueSize),
    delayMs: count(said("OTEL_BSP_SCHEDULE_DELAY"), 5000),
  }
}

/** What cannot be understood counts as not said, as the specification has it. */
function readSampler(name: string | undefined, argument: string | undefined): TraceSampler {
  const [, parent, kind] = SAMPLERS.exec(name ?? "") ?? [undefined, "parentbased_", "always_on"]
  const share = argument === undefined ? 1 : Number(argument)
  const ratios: Record<string, number> = { always_off: 0, traceidratio: share >= 0 && share <= 1 ? share : 1 }
  return { followsParent: parent !== undefined, ratio: ratios[kind ?? ""] ?? 1 }
}

function count(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^[1-9][0-9]{0,6}$/.test(text) ? Number(text) : otherwise
}
