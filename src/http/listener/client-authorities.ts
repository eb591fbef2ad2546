import { X509Certificate } from "node:crypto"
import { readPem } from "./pem.ts"

export interface ClientCertificates {
  /** Files of the authorities that sign clients' certificates, PEM; empty: clients are asked for none. */
  readonly clientAuthorityPaths: readonly string[]
  /** As Go's `tls.ClientAuthType`. */
  readonly clientAuthentication:
    | "request-client-cert"
    | "require-any-client-cert"
    | "verify-client-cert-if-given"
    | "require-and-verify-client-cert"
}

/** What the runtime's server takes of it. */
export interface ClientChecks {
  ca?: string[]
  requestCert?: boolean
  rejectUnauthorized?: boolean
}

/**
 * Throws a one-sentence Error for a kind that the runtime cannot keep to: it verifies every client or lets every client in,
 * and nothing in between. Each of the two would be another promise than the one that was asked for.
 */
export async function loadClientChecks(options: ClientCertificates): Promise<ClientChecks> {
  const { clientAuthorityPaths: paths, clientAuthentication: kind } = options
  if (paths.length === 0) return {}
  if (kind === "require-any-client-cert" || kind === "verify-client-cert-if-given")
    throw new Error(
      `http.tls.clientauth: ${kind} cannot be kept to on this runtime: set require-and-verify-client-cert, or request-client-cert, which verifies nothing`,
    )
  const ca = await Promise.all(paths.map(loadAuthorities))
  return { ca, requestCert: true, rejectUnauthorized: kind === "require-and-verify-client-cert" }
}

async function loadAuthorities(path: string): Promise<string> {
  const text = await readPem(path, { what: "client authorities", setting: "http.tls.clientcas" })
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  try {
    // The runtime passes over what it cannot read; an authority that is missing must not go unseen.
    const parsed = blocks.map((block) => new X509Certificate(block))
    if (parsed.length === 0) throw new Error("no certificate")
  } catch (error) {
    throw new Error(`${path} holds no certificates in PEM form: convert it or correct http.tls.clientcas`, {
      cause: error,
    })
  }
  return blocks.join("\n")
}
