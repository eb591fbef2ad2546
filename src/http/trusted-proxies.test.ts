import { describe, expect, test } from "bun:test"
import { assert, constantFrom, property, string } from "fast-check"
import { createTrustedProxies, findHost, type Origin } from "./trusted-proxies.ts"

const PROXY = "10.0.0.1"
const CLIENT = "203.0.113.9"

function find(peer: string, headers: Record<string, string>, list = ["10.0.0.0/8", "2001:db8::/32"]): Origin {
  const proxies = createTrustedProxies(list)
  if (proxies === undefined) throw new Error("the list is empty")
  return proxies.findOrigin(peer, new Headers(headers))
}

const addressOf = (headers: Record<string, string>) => find(PROXY, headers).address

describe("who is believed", () => {
  test("nobody, when no proxy is listed", () => {
    expect(createTrustedProxies([])).toBeUndefined()
  })

  test("not a peer that is not listed, whatever it sends", () => {
    const headers = { "x-forwarded-for": "1.1.1.1", "x-forwarded-proto": "https", "x-forwarded-host": "evil.example" }
    expect(find(CLIENT, headers)).toEqual({ address: CLIENT, scheme: undefined, host: undefined })
    expect(find(CLIENT, { forwarded: "for=1.1.1.1;proto=https" }).address).toBe(CLIENT)
  })

  test("a listed peer, by address or network, of IPv4 and IPv6", () => {
    const headers = { "x-forwarded-for": CLIENT }
    for (const peer of [PROXY, "10.255.255.255", "2001:db8::7", "::ffff:10.0.0.1"])
      expect(find(peer, headers).address).toBe(CLIENT)
    for (const peer of ["11.0.0.1", "2001:db9::7"]) expect(find(peer, headers).address).toBe(peer)
    expect(find("192.0.2.1", headers, ["192.0.2.1"]).address).toBe(CLIENT)
    expect(find("192.0.2.2", headers, ["192.0.2.1"]).address).toBe("192.0.2.2")
  })

  test("whoever comes over a unix socket only where the list says unix, and a peer without an address never", () => {
    const headers = { "x-forwarded-for": CLIENT }
    expect(find("unix", headers, ["unix"]).address).toBe(CLIENT)
    expect(find("unix", headers).address).toBe("unix")
    expect(find("", headers, ["unix", "0.0.0.0/0", "::/0"]).address).toBe("")
  })

  test.each(["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "10.1", "proxy.example", "::1/129", "*", "10.0.0.1:80"])(
    "%j is refused as an entry of the list",
    (entry) => {
      expect(() => createTrustedProxies([entry])).toThrow("correct network.trustedproxies")
    },
  )
})

describe("the client's address", () => {
  test("is the last one that no trusted proxy has: what stands before it the client may have written", () => {
    expect(addressOf({ "x-forwarded-for": `1.1.1.1, ${CLIENT}` })).toBe(CLIENT)
    expect(addressOf({ "x-forwarded-for": `1.1.1.1, ${CLIENT}, 10.0.0.7, 10.0.0.8` })).toBe(CLIENT)
    expect(addressOf({ "x-forwarded-for": `10.0.0.9, ${CLIENT}, 10.0.0.7` })).toBe(CLIENT)
  })

  test("is the farthest proxy when all are trusted", () => {
    expect(addressOf({ "x-forwarded-for": "10.0.0.9, 10.0.0.7" })).toBe("10.0.0.9")
  })

  test("stays the last known one where an entry is no address", () => {
    expect(addressOf({ "x-forwarded-for": `${CLIENT}, unknown, 10.0.0.7` })).toBe("10.0.0.7")
    expect(addressOf({ "x-forwarded-for": "" })).toBe(PROXY)
    expect(addressOf({ "x-forwarded-for": "0x01010101" })).toBe(PROXY)
  })

  test("is read with and without a port, and in one form", () => {
    expect(addressOf({ "x-forwarded-for": `${CLIENT}:4711` })).toBe(CLIENT)
    expect(addressOf({ "x-forwarded-for": "[2001:DB9::0:1]:80" })).toBe("2001:db9::1")
    expect(addressOf({ "x-forwarded-for": `::ffff:${CLIENT}` })).toBe(CLIENT)
  })

  test("is read of Forwarded, quoted or not", () => {
    expect(addressOf({ forwarded: `for=1.1.1.1, for=${CLIENT};proto=https` })).toBe(CLIENT)
    expect(addressOf({ forwarded: 'For="[2001:db9::1]:4711";by=10.0.0.1' })).toBe("2001:db9::1")
    expect(addressOf({ forwarded: `for=${CLIENT}, for=10.0.0.7` })).toBe(CLIENT)
  })

  test("is not read of a Forwarded that a client may have sent past a proxy that sets X-Forwarded-For", () => {
    expect(addressOf({ forwarded: "for=1.1.1.1", "x-forwarded-for": CLIENT })).toBe(CLIENT)
  })

  test.each([
    'for="1.1.1.1',
    "for",
    "for=1.1.1.1;;proto=https",
    "=1.1.1.1",
    "for=1.1.1.1 for=2.2.2.2",
    "for=(1.1.1.1)",
  ])("a Forwarded out of form, %j, is not believed at all", (forwarded) => {
    expect(find(PROXY, { forwarded })).toEqual({ address: PROXY, scheme: undefined, host: undefined })
  })
})

describe("scheme and host", () => {
  test("are those that the proxy names", () => {
    const headers = { "x-forwarded-proto": "HTTPS", "x-forwarded-host": "registry.example:8443" }
    expect(find(PROXY, headers)).toEqual({ address: PROXY, scheme: "https", host: "registry.example:8443" })
    const forwarded = 'for=203.0.113.9;host="registry.example:8443";proto=https'
    expect(find(PROXY, { forwarded })).toEqual({ address: CLIENT, scheme: "https", host: "registry.example:8443" })
  })

  test("are those of the farthest trusted proxy where each adds its own", () => {
    const headers = {
      "x-forwarded-for": `1.1.1.1, ${CLIENT}, 10.0.0.7`,
      "x-forwarded-proto": "ftp, https, http",
      "x-forwarded-host": "evil.example, registry.example, inner.example",
    }
    expect(find(PROXY, headers)).toEqual({ address: CLIENT, scheme: "https", host: "registry.example" })
  })

  test("are unknown where they are none", () => {
    const headers = { "x-forwarded-proto": "javascript", "x-forwarded-host": "a b/c" }
    expect(find(PROXY, headers)).toEqual({ address: PROXY, scheme: undefined, host: undefined })
  })
})

test.each(["registry.example", "registry.example:5000", "localhost", "10.0.0.1:80", "[::1]:5000", "my_host", "a."])(
  "%s is a host",
  (text) => {
    expect(findHost(text)).toBe(text)
  },
)

test.each(["", "a/b", "user@host", "a b", "a:b", "[::1", "a?b", "a#b", "a\\b", "-a", "a:123456", "a..\r\nb"])(
  "%j is no host",
  (text) => {
    expect(findHost(text)).toBeUndefined()
  },
)

test("no header, however it looks, throws or gives an address that is none", () => {
  const texts = string({ unit: constantFrom(...Array.from('for=proto;host,"\\ []:.127%x-')) })
  assert(
    property(texts, texts, (first, second) => {
      for (const headers of [{ forwarded: first }, { "x-forwarded-for": first, "x-forwarded-host": second }]) {
        const { address, host } = find(PROXY, headers)
        expect(address).toMatch(/^[0-9a-f:.]+$/)
        expect(host === undefined || findHost(host) === host).toBe(true)
      }
    }),
  )
})
