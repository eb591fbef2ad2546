import { describe, expect, test } from "bun:test"
import { parseCipherSuites } from "./cipher-suites.ts"

describe("the list of cipher suites", () => {
  test("OpenSSL's names are known as well as IANA's", () => {
    const names = ["ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"]
    expect(parseCipherSuites(names)).toEqual({ ciphers: names.join(":") })
  })

  test("those of TLS 1.3 are always offered, and take no part in the choice for TLS 1.2", () => {
    const mixed = ["TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
    expect(parseCipherSuites(mixed)).toEqual({ ciphers: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" })
    expect(parseCipherSuites(["TLS_AES_128_GCM_SHA256"])).toBe("tls1.3 alone")
  })

  test("an empty list leaves the choice to the runtime", () => {
    expect(parseCipherSuites([])).toEqual({})
  })

  test.each(["TLS_NO_SUCH_SUITE", "HIGH", "!MD5", "ALL:@STRENGTH", "", "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA"])(
    "%j is refused, beside good ones too",
    (name) => {
      const list = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", name]
      expect(() => parseCipherSuites(list)).toThrow(
        `${JSON.stringify(name)} is no cipher suite that can be served: correct http.tls.ciphersuites`,
      )
    },
  )
})
