/** What one proxy says of the request as it received it. */
export interface Hop {
  readonly client: string | undefined
  readonly scheme: string | undefined
  readonly host: string | undefined
}

/**
 * What the proxies say, the nearest first. X-Forwarded-* is read where a request has any of it, else Forwarded (RFC 7239):
 * a proxy that sets the one often lets the other through as the client has sent it.
 */
export function listForwarded(headers: Headers): Hop[] {
  const [clients, schemes, hosts] = ["for", "proto", "host"].map((name) => split(headers.get(`x-forwarded-${name}`)))
  if (clients === undefined && schemes === undefined && hosts === undefined)
    return parseForwarded(headers.get("forwarded") ?? "").toReversed()
  const hops = Math.max(clients?.length ?? 0, 1)
  // Of scheme and host there is one value where each proxy replaces it, and one for each where they are added.
  return Array.from({ length: hops }, (_, fromEnd) => ({
    client: clients?.at(-1 - fromEnd),
    scheme: schemes?.at(-1 - fromEnd) ?? schemes?.[0],
    host: hosts?.at(-1 - fromEnd) ?? hosts?.[0],
  }))
}

function split(field: string | null): string[] | undefined {
  return field?.split(",").map((part) => part.trim())
}

/** The elements in the order of the header; none when it does not follow RFC 7239, section 4. */
function parseForwarded(field: string): Hop[] {
  const pair = /[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([\w!#$%&'*+.^`|~:[\]-]*))[ \t]*([;,]|$)/y
  const hops: Hop[] = []
  let named = new Map<string, string>()
  while (pair.lastIndex < field.length) {
    const [, name = "", quoted, bare, end] = pair.exec(field) ?? []
    if (end === undefined) return []
    named.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? bare ?? "")
    if (end === ";") continue
    hops.push({ client: named.get("for"), scheme: named.get("proto"), host: named.get("host") })
    named = new Map()
  }
  return hops
}
