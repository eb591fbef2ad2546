import { describeEvent } from "./envelope.ts"
import type { EventTarget, RegistryEvent } from "../../domain/event.ts"

/** CloudEvents 1.0, structured mode, in JSON. `data` is distribution's event. */
export function formatCloudEvent(event: RegistryEvent): string {
  const { id, at, action, target, source } = event
  return JSON.stringify({
    specversion: "1.0",
    id,
    source: `//${source.addr}`,
    type: `berth.${target.kind}.${action}`,
    subject: describeSubject(target),
    time: new Date(at).toISOString(),
    datacontenttype: "application/json",
    data: describeEvent(event, "v2"),
  })
}

function describeSubject({ repository, tag, digest }: EventTarget): string {
  if (tag !== undefined) return `${repository}:${tag}`
  return digest === undefined ? repository : `${repository}@${digest}`
}
