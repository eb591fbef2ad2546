import * as fc from "fast-check"
import { createTrustedProxies, findHost } from "../../../../src/http/trusted-proxies.ts"
import { insist, target } from "../target.ts"
import { headerOf, PIECES } from "../texts.ts"

const FORWARDED_PIECES = [
  "for=",
  "For=",
  "proto=https",
  "host=",
  ";",
  ",",
  '"',
  "\\",
  "[",
  "]",
  "::1",
  "10.0.0.1",
  "a",
  ":80",
  " ",
  "=",
]
const LIST_PIECES = [
  "10.0.0.1",
  "10.0.0.2",
  "203.0.113.9",
  "::ffff:1.2.3.4",
  "[::1]:80",
  ",",
  " ",
  "https",
  "a.example",
  ":8",
  "0x7f000001",
]
const proxies = createTrustedProxies(["10.0.0.0/8", "unix"])
const PEER = "10.0.0.1"

function checkOrigin(peer: string, headers: Headers): void {
  const found = proxies?.findOrigin(peer, headers)
  insist(found !== undefined, () => "nobody is found")
  if (found === undefined) return
  insist(found.address !== "" && !/[,;"\s]/.test(found.address), () => `the address is ${found.address}`)
  insist(
    found.scheme === undefined || found.scheme === "http" || found.scheme === "https",
    () => `the scheme is ${String(found.scheme)}`,
  )
  const { host } = found
  insist(
    host === undefined || URL.canParse(`http://${host.replace(/:\d+$/, "")}`) || host.length > 0,
    () => `the host is ${String(host)}`,
  )
  insist(host === undefined || !/[\s/\\@"<>]/.test(host), () => `the host is ${String(host)}`)
}

const forwarded = target({
  name: "Forwarded",
  arbitrary: headerOf(FORWARDED_PIECES),
  check: (text) => checkOrigin(PEER, new Headers({ forwarded: text })),
  grow: {
    pieces: [...PIECES.filter((piece) => /^[\t -~]+$/.test(piece)), ...FORWARDED_PIECES],
    read: (text) => proxies?.findOrigin(PEER, new Headers({ forwarded: text })),
  },
})

const written = target({
  name: "Forwarded as a proxy writes it",
  arbitrary: fc.array(fc.tuple(fc.ipV4(), fc.boolean(), fc.constantFrom("http", "https", "HTTPS")), {
    minLength: 1,
    maxLength: 4,
  }),
  check: (hops) => {
    const text = hops
      .map(([client, isQuoted, scheme]) => `for=${isQuoted ? `"${client}:80"` : client};proto=${scheme}`)
      .join(", ")
    const found = proxies?.findOrigin(PEER, new Headers({ forwarded: text }))
    // The last whom no trusted proxy vouched past.
    const index = Math.max(
      hops.findLastIndex(([client]) => !client.startsWith("10.")),
      0,
    )
    const [client, , scheme] = hops[index] ?? []
    insist(
      found?.address === client && found?.scheme === scheme?.toLowerCase(),
      () => `${text} is read as ${JSON.stringify(found)}`,
    )
  },
})

const xForwarded = target({
  name: "X-Forwarded-For, -Proto and -Host",
  share: 0.3,
  arbitrary: fc.tuple(headerOf(LIST_PIECES), headerOf(LIST_PIECES), headerOf(LIST_PIECES)),
  check: ([clients, schemes, hosts]) => {
    const headers = { "x-forwarded-for": clients, "x-forwarded-proto": schemes, "x-forwarded-host": hosts }
    checkOrigin(PEER, new Headers(headers))
    const stranger = proxies?.findOrigin("203.0.113.1", new Headers(headers))
    insist(stranger?.address === "203.0.113.1" && stranger.host === undefined, () => "a stranger is believed")
  },
  grow: {
    pieces: LIST_PIECES,
    read: (text) => proxies?.findOrigin(PEER, new Headers({ "x-forwarded-for": text, "x-forwarded-host": text })),
  },
})

const host = target({
  name: "Host",
  arbitrary: headerOf(["a", "A", "-", ".", ":", "80", "[", "]", "::1", "f", "_", "@", "/", "x".repeat(100)]),
  check: (text) => {
    const found = findHost(text)
    insist(
      found === undefined || (found === text && !/[\s/\\@"<>]/.test(found)),
      () => `${text} is read as ${String(found)}`,
    )
  },
  grow: { pieces: [...PIECES, "a.", "a-", ":1"], read: findHost },
})

export const forwarding = [forwarded, written, xForwarded, host]
