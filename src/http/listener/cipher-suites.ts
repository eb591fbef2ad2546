import { getCiphers } from "node:tls"

/** What the runtime's server is told, or that TLS 1.2 has nothing to offer. */
export type CipherChoice = { ciphers?: string } | "tls1.3 alone"

// As in Go, these are always offered to clients of TLS 1.3, whatever a list says.
const OF_TLS_1_3 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]

/** All others that distribution's configuration can name, by their names of IANA. */
const OF_TLS_1_2 = [
  "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
  "TLS_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
]

/**
 * Reads a list of suites by their names of IANA, as distribution takes them, or of OpenSSL. Throws a one-sentence Error
 * for one that is not known: the runtime would leave it out without a word.
 */
export function parseCipherSuites(names: readonly string[]): CipherChoice {
  if (names.length === 0) return {}
  // Single suites alone: with a group or rule of OpenSSL's language a list could come to mean anything.
  const known = new Set([...OF_TLS_1_3, ...OF_TLS_1_2, ...getCiphers().map((name) => name.toUpperCase())])
  const wrong = names.find((name) => !known.has(name))
  if (wrong !== undefined)
    throw new Error(`${JSON.stringify(wrong)} is no cipher suite that can be served: correct http.tls.ciphersuites`)
  const older = names.filter((name) => !OF_TLS_1_3.includes(name))
  return older.length === 0 ? "tls1.3 alone" : { ciphers: older.join(":") }
}
