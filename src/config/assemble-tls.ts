import type { CertificateFiles, LetsEncryptConfig, TlsConfig } from "./config.ts"
import type { Settings } from "./schema.ts"

type TlsSettings = NonNullable<Settings["http"]["tls"]>

export function assembleTls(tls: Settings["http"]["tls"]): TlsConfig | undefined {
  const certificate = tls && findCertificate(tls)
  if (tls === undefined || certificate === undefined) return undefined
  const asksClients = tls.clientcas.length > 0
  return {
    certificate,
    minimumVersion: tls.minimumtls,
    cipherSuites: tls.ciphersuites.filter((suite) => suite !== ""),
    clientAuthorityPaths: tls.clientcas,
    clientAuthentication: asksClients ? (tls.clientauth ?? "require-and-verify-client-cert") : "request-client-cert",
  }
}

function findCertificate({
  certificate,
  key,
  letsencrypt,
}: TlsSettings): CertificateFiles | LetsEncryptConfig | undefined {
  if (certificate !== undefined && key !== undefined)
    return { kind: "files", certificatePath: certificate, keyPath: key }
  if (letsencrypt.cachefile === undefined) return undefined
  return {
    kind: "letsencrypt",
    cachePath: letsencrypt.cachefile,
    email: letsencrypt.email,
    hosts: letsencrypt.hosts,
    directoryUrl: letsencrypt.directoryurl,
  }
}
