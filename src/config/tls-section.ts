import { InvalidValueError } from "./config-error.ts"
import { listSetting, optionalSection, optionalSetting, section, setting } from "./settings.ts"
import { choice, text, type ValueType } from "./values.ts"

const OLD_VERSIONS = new Set(["tls1.0", "tls1.1"])

const minimumTls: ValueType<"tls1.2" | "tls1.3"> = {
  allowed: "one of tls1.2, tls1.3",
  parse: (value) => {
    if (OLD_VERSIONS.has(value) || value === "tls1.2") return "tls1.2"
    if (value === "tls1.3") return value
    throw new InvalidValueError("no version of TLS")
  },
  effective: (value) => (OLD_VERSIONS.has(value) ? "tls1.2" : value),
  warning: (value) =>
    OLD_VERSIONS.has(value)
      ? `is raised to tls1.2: ${value} is broken, and clients that need it are refused`
      : undefined,
}

// The names that distribution knows, which are IANA's.
const RSA = ["AES_128_CBC_SHA", "AES_256_CBC_SHA", "AES_128_CBC_SHA256", "AES_128_GCM_SHA256", "AES_256_GCM_SHA384"]
const SUITES = new Set([
  ...RSA.map((cipher) => `TLS_RSA_WITH_${cipher}`),
  ...[...RSA, "CHACHA20_POLY1305_SHA256"].flatMap((cipher) => [
    `TLS_ECDHE_RSA_WITH_${cipher}`,
    `TLS_ECDHE_ECDSA_WITH_${cipher}`,
  ]),
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
])

/** Broken, and spoken by no client of today. */
export const BROKEN_SUITE = /^TLS_(?:RSA|ECDHE_RSA|ECDHE_ECDSA)_WITH_(?:RC4_128_SHA|3DES_EDE_CBC_SHA)$/

/** Gives an empty text for a broken one. */
const cipherSuite: ValueType<string> = {
  allowed: "the name of a cipher suite, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  parse: (value) => {
    if (BROKEN_SUITE.test(value)) return ""
    if (!SUITES.has(value)) throw new InvalidValueError("no cipher suite")
    return value
  },
  warning: (value) => (BROKEN_SUITE.test(value) ? `leaves ${value} out: it is broken` : undefined),
}

// Go has two kinds more. The runtime's server verifies every client or lets every client in, and nothing in between.
const kinds = choice("request-client-cert", "require-and-verify-client-cert")
const clientAuth: typeof kinds = {
  ...kinds,
  allowed: `${kinds.allowed} (require-any-client-cert and verify-client-cert-if-given cannot be kept to on this runtime)`,
}

const directoryUrl: ValueType<string> = {
  allowed: "the URL of an ACME directory, with https:// or http://",
  parse: (value) => {
    if (!/^https?:\/\//.test(value) || URL.parse(value) === null) throw new InvalidValueError("no URL")
    return value
  },
}

export const tls = optionalSection({
  certificate: optionalSetting(
    text,
    "Path of the certificate and its chain, PEM. Together with `key` it turns TLS on.",
  ),
  key: optionalSetting(text, "Path of the certificate's private key, PEM."),
  minimumtls: setting(minimumTls, "tls1.2", "The oldest version of TLS that is spoken."),
  ciphersuites: listSetting(cipherSuite, "The cipher suites of TLS 1.2; empty: a safe choice. Those of 1.3 are fixed."),
  clientcas: listSetting(
    text,
    "Paths of the authorities, PEM, that sign clients' certificates. Set: clients are asked for one.",
  ),
  clientauth: optionalSetting(
    clientAuth,
    "What is asked of clients' certificates. Default with `clientcas`: require-and-verify-client-cert.",
  ),
  letsencrypt: section({
    cachefile: optionalSetting(text, "The directory that keeps the certificates. Set: they come from Let's Encrypt."),
    email: optionalSetting(text, "The address that Let's Encrypt may write to."),
    hosts: listSetting(text, "The names to get certificates for."),
    directoryurl: setting(
      directoryUrl,
      "https://acme-v02.api.letsencrypt.org/directory",
      "The directory of the authority (ACME).",
    ),
  }),
})
