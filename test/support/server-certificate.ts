import { generateKeyPairSync } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createCertificate, toPem } from "./certificate.ts"

/** Writes a certificate that signs itself, and its key, which its owner alone may read: `http.tls` of a configuration. */
export function writeServerCertificate(directory: string): { certificate: string; key: string } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const [certificate, key] = [join(directory, "cert.pem"), join(directory, "key.pem")]
  writeFileSync(certificate, toPem(createCertificate({ subject: "localhost", key: privateKey })))
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 })
  return { certificate, key }
}
