import type { EventReference, EventTarget, RegistryEvent } from "../../domain/event.ts"

/** What Go's encoder writes as an escape and JSON.stringify does not. */
const ESCAPED_BY_GO = /[<>&\u2028\u2029]/g

/**
 * Distribution's envelope, byte for byte: one event, three spaces, the fields in the order of its structures. 2.8 (`v1`)
 * leaves empty fields of the target out, 3 (`v2`) writes media type, digest and size always.
 */
export function formatEnvelope(event: RegistryEvent, format: "v1" | "v2"): string {
  const json = JSON.stringify({ events: [describeEvent(event, format)] }, undefined, 3)
  return json.replaceAll(ESCAPED_BY_GO, (character) => {
    return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  })
}

/** The event as distribution has it, for JSON. */
export function describeEvent(event: RegistryEvent, format: "v1" | "v2"): Record<string, unknown> {
  const { id, at, action, target, request, actor, source } = event
  const { addr, host, method, useragent } = request
  return {
    id,
    timestamp: new Date(at).toISOString(),
    action,
    target: describeTarget(target, format),
    request: { id: request.id, addr, ...(host !== "" && { host }), method, useragent },
    actor: actor === undefined ? {} : { name: actor },
    source,
  }
}

function describeTarget(target: EventTarget, format: "v1" | "v2"): Record<string, unknown> {
  const { mediaType, digest, sizeBytes, repository, fromRepository, url, tag, references } = target
  // A size of zero is empty to Go.
  const size = sizeBytes ?? 0
  return {
    ...(format === "v2"
      ? { mediaType: mediaType ?? "", digest: digest ?? "", size }
      : { ...(mediaType && { mediaType }), ...(size > 0 && { size }), ...(digest && { digest }) }),
    ...(size > 0 && { length: size }),
    repository,
    ...(fromRepository && { fromRepository }),
    ...(url && { url }),
    ...(tag && { tag }),
    ...(Array.isArray(references) &&
      references.length > 0 && {
        references: format === "v2" ? references : references.map(describeOlder),
      }),
  }
}

/** 2.8 has another order, and tells no platforms. */
function describeOlder({ mediaType, size, digest, urls, annotations }: EventReference): Record<string, unknown> {
  return { mediaType, ...(size > 0 && { size }), digest, ...(urls && { urls }), ...(annotations && { annotations }) }
}
