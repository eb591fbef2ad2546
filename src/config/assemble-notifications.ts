import { nameEndpoints } from "./endpoint-names.ts"
import type { EndpointConfig, NotificationsConfig } from "./config.ts"
import type { Settings } from "./schema.ts"

export function assembleNotifications({ notifications, events }: Settings): NotificationsConfig {
  return {
    endpoints: assembleEndpoints(notifications.endpoints, events),
    includesReferences: notifications.events.includereferences,
    outbox: { maxWaiting: events.maxwaiting, maxAgeSeconds: events.maxage, keepDeadSeconds: events.keepdead },
  }
}

type EndpointSettings = Settings["notifications"]["endpoints"][number]

function assembleEndpoints(endpoints: readonly EndpointSettings[], events: Settings["events"]): EndpointConfig[] {
  const names = nameEndpoints(endpoints.map(({ name }) => name))
  return endpoints.flatMap((endpoint, index) => {
    const { url } = endpoint
    const { [index]: name = "" } = names
    if (endpoint.disabled || url === undefined) return []
    const own = findOwn(events.endpoints, endpoint.name ?? name)
    return [
      {
        name,
        url,
        headers: endpoint.headers,
        timeoutSeconds: endpoint.timeout,
        threshold: endpoint.threshold,
        backoffSeconds: endpoint.backoff,
        ignoredMediaTypes: [...endpoint.ignoredmediatypes, ...endpoint.ignore.mediatypes],
        ignoredActions: endpoint.ignore.actions,
        format: own?.format ?? events.mediatype,
        hmacKey: own?.hmackey,
      },
    ]
  })
}

// A variable writes every name in small letters.
function findOwn(endpoints: Settings["events"]["endpoints"], name: string) {
  const own =
    Object.keys(endpoints).find((each) => each === name) ??
    Object.keys(endpoints).find((each) => each.toLowerCase() === name.toLowerCase())
  return own === undefined ? undefined : endpoints[own]
}
