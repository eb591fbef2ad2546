import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from "@opentelemetry/api"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources"
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type SpanExporter,
} from "@opentelemetry/sdk-trace"
import type { Logger } from "../../ports/logger.ts"
import type { RequestTrace, Tracer } from "../../ports/tracer.ts"

interface TracerOptions {
  sampler: { followsParent: boolean; ratio: number }
  queueSize: number
  batchSize: number
  delayMs: number
  version: string
  log: Logger
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:$|-)/
const SAMPLED = 1
const STOP_MS = 3000
const WARN_EVERY_MS = 60_000

/**
 * Sends spans over OTLP, as JSON over HTTP. Endpoint, headers, timeout and compression are the exporter's own variables
 * (OTEL_EXPORTER_OTLP_…), name and attributes of the service those of the resource.
 */
export function createOpenTelemetryTracer(options: TracerOptions): Tracer {
  const { queueSize, batchSize, delayMs, version, log } = options
  const exporter = reporting(new OTLPTraceExporter(), log)
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: queueSize,
    maxExportBatchSize: batchSize,
    scheduledDelayMillis: delayMs,
  })
  const own = resourceFromAttributes({ "service.name": "berth", "service.version": version })
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: createSampler(options.sampler),
    spanProcessors: [processor],
  })
  const tracer = provider.getTracer("berth", version)
  return {
    record: (request) => {
      const { name, startedAt, endedAt, attributes, isFailure } = request
      const span = tracer.startSpan(
        name,
        { kind: SpanKind.SERVER, startTime: startedAt, attributes },
        openContext(request),
      )
      if (isFailure) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(endedAt)
    },
    stop: async () => {
      const { promise: isLate, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, STOP_MS)
      await Promise.race([provider.shutdown().catch(() => undefined), isLate])
      clearTimeout(timer)
    },
  }
}

function createSampler({ followsParent, ratio }: TracerOptions["sampler"]) {
  const root = new TraceIdRatioBasedSampler(ratio)
  return followsParent ? new ParentBasedSampler({ root }) : root
}

/** The client's trace, where it sent one that can be read; else a trace begins here (W3C Trace Context, section 4.3). */
function openContext({ traceparent, tracestate }: RequestTrace): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? "") ?? []
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT
  const traceFlags = Number.parseInt(flags ?? "", 16) & SAMPLED
  const traceState = tracestate === null ? {} : { traceState: createTraceState(tracestate) }
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true, ...traceState })
}

/** Says now and then that spans are lost; the exporter alone says nothing. */
function reporting(exporter: SpanExporter, log: Logger): SpanExporter {
  let warnedAt = -Infinity
  return {
    export: (spans, done) => {
      exporter.export(spans, (result) => {
        const now = performance.now()
        if (result.error !== undefined && now - warnedAt > WARN_EVERY_MS) {
          warnedAt = now
          log.warn("traces could not be sent, and are lost: look at OTEL_EXPORTER_OTLP_ENDPOINT and the collector", {
            reason: result.error.message,
          })
        }
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  }
}
