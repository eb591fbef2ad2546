import ipaddr from "ipaddr.js"
import { listForwarded, type Hop } from "./forwarded.ts"

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Where a request began, as far as proxies that are believed say so. */
export interface Origin {
  readonly address: string
  readonly scheme: "http" | "https" | undefined
  /** `name[:port]` */
  readonly host: string | undefined
}

export interface TrustedProxies {
  findOrigin(peer: string, headers: Headers): Origin
}

const OF_A_SOCKET = "unix"

/**
 * Believes addresses and networks (CIDR) of the list, and `unix` for whoever comes over a unix socket. `undefined` for an
 * empty list: then nobody is believed. Throws a one-sentence Error for an entry that is neither.
 */
export function createTrustedProxies(list: readonly string[]): TrustedProxies | undefined {
  if (list.length === 0) return undefined
  const networks = list.filter((entry) => entry !== OF_A_SOCKET).map(parseNetwork)
  const believesSockets = list.includes(OF_A_SOCKET)

  function isTrusted(peer: string): boolean {
    if (peer === OF_A_SOCKET) return believesSockets
    const address = findAddress(peer)
    if (address === undefined) return false
    return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits))
  }

  /** Each proxy vouches for the one that it names: the first that is not trusted is the client, whatever it says itself. */
  function findOrigin(peer: string, headers: Headers): Origin {
    let origin: Origin = { address: peer, scheme: undefined, host: undefined }
    if (!isTrusted(peer)) return origin
    for (const hop of listForwarded(headers)) {
      const client = findAddress(stripPort(hop.client ?? ""))?.toString()
      origin = { address: client ?? origin.address, scheme: findScheme(hop), host: findHost(hop.host) }
      if (client === undefined || !isTrusted(client)) break
    }
    return origin
  }

  return { findOrigin }
}

/** The text when it is a host with or without a port, as a URL has it. */
export function findHost(text: string | undefined): string | undefined {
  const isHost = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?\.?)(?::[0-9]{1,5})?$/i
  return text !== undefined && isHost.test(text) ? text : undefined
}

function findScheme({ scheme }: Hop): "http" | "https" | undefined {
  const lower = scheme?.toLowerCase()
  return lower === "http" || lower === "https" ? lower : undefined
}

function parseNetwork(entry: string): [Address, number] {
  const [text = "", bits, ...more] = entry.split("/")
  const address = findAddress(text)
  const most = address?.kind() === "ipv4" ? 32 : 128
  const length = bits === undefined ? most : /^[0-9]{1,3}$/.test(bits) ? Number(bits) : Number.NaN
  if (address === undefined || more.length > 0 || !(length <= most))
    throw new Error(
      `${JSON.stringify(entry)} is no address or network such as 10.0.0.0/8: correct network.trustedproxies`,
    )
  return [address, length]
}

// The short forms of IPv4 (`10.1`, `0x0a000001`) are refused: proxies do not write them, and readers differ over them.
function findAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  return text.includes(":") && ipaddr.IPv6.isValid(text) ? ipaddr.process(text) : undefined
}

function stripPort(text: string): string {
  const match = /^\[([^\]]*)\](?::[0-9]+)?$/.exec(text) ?? /^([0-9.]+):[0-9]+$/.exec(text)
  return match?.[1] ?? text
}
