import { systemClock as clock } from "../adapters/clock/system.ts"
import { createHttpEventSink } from "../adapters/event-sink/http.ts"
import { randomIds as ids } from "../adapters/ids/random.ts"
import type { Config } from "../config/config.ts"
import type { Logger } from "../ports/logger.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import { createDeliveries, type Deliveries } from "../services/deliveries.ts"
import { createEventMeter, type EventMeter } from "../services/event-meter.ts"
import { createEvents, type Events } from "../services/events.ts"

interface EventParts {
  metadata: Metadata
  log: Logger
  hostname: string
}

export interface EventServices {
  /** `undefined`: no endpoint is configured. */
  events: Events | undefined
  deliveries: Deliveries
  meter: EventMeter
}

/** What tells endpoints of changes and pulls. */
export function createEventServices(config: Config, { metadata, log, hostname }: EventParts): EventServices {
  const { endpoints, includesReferences, outbox } = config.notifications
  const { events, manifests } = metadata
  const meter = createEventMeter()
  const recipients = endpoints.map((endpoint) => ({ ...endpoint, sink: createHttpEventSink(endpoint) }))
  const deliveries = createDeliveries({ events, manifests, clock, log, meter, recipients, outbox })
  const { address } = config.http
  const source = {
    addr: address.kind === "tcp" ? `${hostname}:${address.port}` : hostname,
    // As distribution: another one after every start.
    instanceID: ids.create(),
  }
  const rules = { endpoints, includesReferences, maxWaiting: outbox.maxWaiting, source }
  return {
    events: endpoints.length === 0 ? undefined : createEvents({ events, clock, ids, log, meter, rules }),
    deliveries,
    meter,
  }
}
