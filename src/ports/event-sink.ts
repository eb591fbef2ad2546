import type { RegistryEvent } from "../domain/event.ts"

/** How an attempt to tell an endpoint of an event has ended. */
export type SendResult =
  | { kind: "delivered"; status: number }
  /** The endpoint answered, and did not take it. */
  | { kind: "refused"; status: number }
  /** There was no answer; `reason` holds no secret. */
  | { kind: "failed"; reason: string }

/** One endpoint. */
export interface EventSink {
  /** One attempt, which ends within the endpoint's timeout or when `signal` aborts it. Never rejects. */
  send(event: RegistryEvent, signal: AbortSignal): Promise<SendResult>
}
