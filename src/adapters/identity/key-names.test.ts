import { expect, test } from "bun:test"
import { createPublicKey } from "node:crypto"
import { listKeyNames } from "./key-names.ts"

test("a key has its thumbprint of RFC 7638 (the example of section 3.1)", async () => {
  const n =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
  const key = createPublicKey({ key: { kty: "RSA", e: "AQAB", n }, format: "jwk" })
  expect(await listKeyNames(key)).toContain("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
})

test("a key has libtrust's fingerprint (the example of distribution's token specification)", async () => {
  const key = {
    kty: "EC",
    crv: "P-256",
    x: "m7zUpx3b-zmVE5cymSs64POG9QcyEpJaYCD82-549_Q",
    y: "dU3biz8sZ_8GPB-odm8Wxz3lNDr1xcAQQPQaOcr1fmc",
  }
  expect(await listKeyNames(createPublicKey({ key, format: "jwk" }))).toContain(
    "PYYO:TEWU:V7JH:26JV:AQTZ:LJC3:SXVJ:XGHA:34F2:2LAQ:ZRMK:Z7Q6",
  )
})
