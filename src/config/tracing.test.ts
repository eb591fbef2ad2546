import { expect, test } from "bun:test"
import { readTracing } from "./tracing.ts"

const OTEL_EXPORTER_OTLP_ENDPOINT = "http://localhost:4318"
const OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = "http://localhost:4318/v1/traces"

test.each<[Record<string, string>, boolean]>([
  [{}, false],
  [{ OTEL_SERVICE_NAME: "registry" }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT }, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT }, true],
  [{ OTEL_TRACES_EXPORTER: "otlp" }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: "none" }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: "TRUE" }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: "" }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: " " }, false],
])("%p: traces are sent: %p", (env, isSent) => {
  expect(readTracing(env) !== undefined).toBe(isSent)
})

test.each<[string | undefined, string | undefined, { followsParent: boolean; ratio: number }]>([
  [undefined, undefined, { followsParent: true, ratio: 1 }],
  ["always_off", undefined, { followsParent: false, ratio: 0 }],
  ["traceidratio", "0.25", { followsParent: false, ratio: 0.25 }],
  ["parentbased_traceidratio", "0.5", { followsParent: true, ratio: 0.5 }],
  ["parentbased_traceidratio", "a half", { followsParent: true, ratio: 1 }],
  ["parentbased_always_off", "0.5", { followsParent: true, ratio: 0 }],
  ["jaeger_remote", undefined, { followsParent: true, ratio: 1 }],
])("the sampler %p with %p", (name, argument, expected) => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument }
  expect(readTracing(env)?.sampler).toEqual(expected)
})

test("a batch is never larger than the queue, and nonsense counts as not said", () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_BSP_MAX_QUEUE_SIZE: "100", OTEL_BSP_SCHEDULE_DELAY: "soon" }
  expect(readTracing(env)).toMatchObject({ queueSize: 100, batchSize: 100, delayMs: 5000 })
})
