import { formatCloudEvent } from "./cloud-event.ts"
import { formatEnvelope } from "./envelope.ts"
import type { EventFormat, RegistryEvent } from "../../domain/event.ts"
import { formatHarborEvent } from "./harbor.ts"

/** The body of a request that tells of an event. */
export interface EventPayload {
  contentType: string
  body: string
}

/** The same event always gives the same payload. */
export function formatEvent(event: RegistryEvent, format: EventFormat): EventPayload {
  switch (format) {
    case "v1":
    case "v2":
      return {
        contentType: `application/vnd.docker.distribution.events.${format}+json`,
        body: formatEnvelope(event, format),
      }
    case "cloudevents":
      return { contentType: "application/cloudevents+json", body: formatCloudEvent(event) }
    case "harbor":
      return { contentType: "application/json", body: formatHarborEvent(event) }
  }
}
