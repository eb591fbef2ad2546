import { describe, expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { IncomingRequest, type IncomingRequestOptions } from "./incoming-request.ts"
import { createTrustedProxies } from "./trusted-proxies.ts"

const PROXY = "10.0.0.1"
const proxies = createTrustedProxies([PROXY])
const forwarded = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", "x-forwarded-host": "out.example" }

function receive(headers: Record<string, string>, options: Partial<IncomingRequestOptions> = {}, url = "http://x/v2/") {
  const ids = { create: () => "id-1" }
  const request = new Request(url, { headers: { host: "in.example:5000", ...headers } })
  return new IncomingRequest(request, { address: PROXY }, { ids, log: createMemoryLogger(), ...options })
}

describe("what a request says of itself", () => {
  test("without trusted proxies is its peer and its Host, whatever is forwarded", () => {
    const incoming = receive(forwarded)
    expect([incoming.address, incoming.baseUrl]).toEqual([PROXY, "http://in.example:5000/"])
    expect(receive({}, {}, "https://x/v2/").baseUrl).toBe("https://in.example:5000/")
  })

  test("is what a trusted proxy says", () => {
    const incoming = receive(forwarded, { proxies })
    expect([incoming.address, incoming.baseUrl]).toEqual(["203.0.113.9", "https://out.example/"])
  })

  test("has the path that stands before v2/", () => {
    expect(receive({}, { prefix: "/registry/" }).baseUrl).toBe("http://in.example:5000/registry/")
  })

  test("is filled up from the connection where the proxy leaves something out", () => {
    expect(receive({ "x-forwarded-proto": "https" }, { proxies }).baseUrl).toBe("https://in.example:5000/")
    expect(receive({ "x-forwarded-host": "out.example" }, { proxies }).baseUrl).toBe("http://out.example/")
    expect(receive({}, { proxies }).address).toBe(PROXY)
  })

  test("counts for nothing where the configuration has the URL", () => {
    const externalUrl = "https://registry.example/here"
    expect(receive(forwarded, { proxies, externalUrl }).baseUrl).toBe(`${externalUrl}/`)
  })

  test("is https for those who log in on the same host, unless somebody who is believed says otherwise", () => {
    expect(receive(forwarded).loginOrigin).toBe("https://in.example:5000")
    expect(receive(forwarded, { proxies }).loginOrigin).toBe("https://out.example")
    expect(receive({ "x-forwarded-proto": "http" }, { proxies }).loginOrigin).toBe("http://in.example:5000")
    expect(receive({}, { externalUrl: "http://registry.example/here" }).loginOrigin).toBe("http://registry.example")
  })

  test("is nothing where its Host is none", () => {
    for (const host of ["", "a/b", 'a"b', "a b"]) {
      expect(receive({ host }).baseUrl).toBe("")
      expect(receive({ host }).loginOrigin).toBe("")
    }
  })
})
