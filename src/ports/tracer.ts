/** A request that has been answered, for those who follow it through several systems. */
export interface RequestTrace {
  name: string
  /** Epoch, milliseconds. */
  startedAt: number
  endedAt: number
  /** What the client sent to have its trace continued (W3C Trace Context). */
  traceparent: string | null
  tracestate: string | null
  /** Under the names of OpenTelemetry's conventions; never a secret. */
  attributes: Record<string, string | number>
  /** Whether it was the server that failed. */
  isFailure: boolean
}

export interface Tracer {
  /** Costs no more than remembering; what nobody takes in time is dropped. */
  record(request: RequestTrace): void
  /** Sends what is still held back, for a few seconds at most. */
  stop(): Promise<void>
}
