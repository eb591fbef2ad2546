import type { RegistryEvent } from "../../../src/domain/event.ts"
import type { EventSink } from "../../../src/ports/event-sink.ts"
import { DELAY_MS, type Faults } from "./faults.ts"

export interface RecordingSink {
  sink: EventSink
  /** In the order in which they came, repetitions included. */
  received: RegistryEvent[]
}

/** An endpoint that refuses, does not answer, or takes an event without saying so. */
export function createFaultySink(faults: Faults): RecordingSink {
  const received: RegistryEvent[] = []
  const send: EventSink["send"] = async (event) => {
    const fault = faults.draw("sink.send", ["EIO", "ENOSPC", "lost reply", "delay"])
    if (fault === "delay") await Bun.sleep(DELAY_MS)
    if (fault === "EIO") return { kind: "failed", reason: "injected" }
    if (fault === "ENOSPC") return { kind: "refused", status: 503 }
    received.push(event)
    return fault === "lost reply"
      ? { kind: "failed", reason: "the connection was closed before the answer" }
      : { kind: "delivered", status: 200 }
  }
  return { sink: { send }, received }
}
