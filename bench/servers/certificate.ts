import { join } from "node:path"
import type { Certificate } from "./server.ts"

/** Makes an ECDSA P-256 certificate for 127.0.0.1 that signs itself. */
export function createCertificate(directory: string): Certificate {
  const certificatePath = join(directory, "certificate.pem")
  const keyPath = join(directory, "key.pem")
  const options = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
  const done = Bun.spawnSync(["openssl", ...options, ...subject, "-keyout", keyPath, "-out", certificatePath])
  if (!done.success) throw new Error(`openssl made no certificate: ${done.stderr.toString()}`)
  return { certificatePath, keyPath }
}
