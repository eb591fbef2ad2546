import { isDeepStrictEqual } from "node:util"
import { systemClock as clock } from "../adapters/clock/system.ts"
import { createHttpEventSink } from "../adapters/event-sink/http.ts"
import { randomIds as ids } from "../adapters/ids/random.ts"
import type { Config, EndpointConfig, NotificationsConfig } from "../config/config.ts"
import type { Logger } from "../ports/logger.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import { createDeliveries, type Deliveries, type Recipient } from "../services/deliveries.ts"
import { createEventMeter, type EventMeter } from "../services/event-meter.ts"
import { createEvents, type Events } from "../services/events.ts"

interface EventParts {
  metadata: Metadata
  log: Logger
  hostname: string
}

export interface EventServices {
  events: Events
  deliveries: Deliveries
  meter: EventMeter
}

interface LiveEventServices extends EventServices {
  /** The next event and the next attempt follow these. */
  setNotifications(notifications: NotificationsConfig): void
}

/** What tells endpoints of changes and pulls. */
export function createEventServices(config: Config, { metadata, log, hostname }: EventParts): LiveEventServices {
  const { events, manifests } = metadata
  const meter = createEventMeter()
  const { address } = config.http
  const source = {
    addr: address.kind === "tcp" ? `${hostname}:${address.port}` : hostname,
    // As distribution: another one after every start.
    instanceID: ids.create(),
  }
  const recipients = createRecipients()
  const making = { ...describeMaking(config.notifications), source }
  const delivering = describeDelivering(config.notifications, recipients)
  return {
    events: createEvents({ events, clock, ids, log, meter, rules: making }),
    deliveries: createDeliveries({ events, manifests, clock, log, meter, rules: delivering }),
    meter,
    setNotifications: (next) => {
      Object.assign(making, describeMaking(next))
      Object.assign(delivering, describeDelivering(next, recipients))
    },
  }
}

function describeMaking({ endpoints, includesReferences, outbox: { maxWaiting } }: NotificationsConfig) {
  return { endpoints, includesReferences, maxWaiting }
}

function describeDelivering({ endpoints, outbox }: NotificationsConfig, list: (all: Endpoints) => Recipient[]) {
  return { recipients: list(endpoints), outbox }
}

type Endpoints = readonly EndpointConfig[]

/** An endpoint that is as before stays the same recipient: whoever waits to try it again goes on waiting. */
function createRecipients(): (endpoints: Endpoints) => Recipient[] {
  let before: { endpoint: EndpointConfig; recipient: Recipient }[] = []
  return (endpoints) => {
    before = endpoints.map(
      (endpoint) =>
        before.find((each) => isDeepStrictEqual(each.endpoint, endpoint)) ?? {
          endpoint,
          recipient: { ...endpoint, sink: createHttpEventSink(endpoint) },
        },
    )
    return before.map(({ recipient }) => recipient)
  }
}
