import { constants, createPrivateKey, X509Certificate } from "node:crypto"
import { stat } from "node:fs/promises"
import type { Logger } from "../../ports/logger.ts"
import { parseCipherSuites } from "./cipher-suites.ts"
import { loadClientChecks, type ClientCertificates, type ClientChecks } from "./client-authorities.ts"
import { readPem } from "./pem.ts"

export interface TlsOptions extends ClientCertificates {
  readonly certificatePath: string
  /** May be the file of the certificate. */
  readonly keyPath: string
  readonly minimumVersion: "tls1.2" | "tls1.3"
  /** Empty: the runtime's own choice. */
  readonly cipherSuites: readonly string[]
}

/** What the runtime's server takes as its `tls`. */
export interface Certificate extends ClientChecks {
  cert: string
  key: string
  secureOptions: number
  ciphers?: string
}

// The runtime takes no minVersion; these options are honoured (TLS 1.0 and 1.1 are off in any case).
const OLDER_THAN_1_2 = constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1
const OLDER_THAN_1_3 = OLDER_THAN_1_2 | constants.SSL_OP_NO_TLSv1_2

/** Reads all files of TLS and checks that they can serve. Rejects with a one-sentence Error that names the file. */
export async function loadCertificate(options: TlsOptions, log: Logger): Promise<Certificate> {
  const { certificatePath, keyPath, minimumVersion } = options
  const choice = parseCipherSuites(options.cipherSuites)
  const clientChecks = await loadClientChecks(options)
  const cert = await readPem(certificatePath, { what: "certificate", setting: "http.tls.certificate" })
  const key = await readPem(keyPath, { what: "key", setting: "http.tls.key" })
  const parsed = parseWith(
    () => new X509Certificate(cert),
    `${certificatePath} holds no certificate in PEM form: convert it or correct http.tls.certificate`,
  )
  const privateKey = parseWith(
    () => createPrivateKey(key),
    `${keyPath} holds no unencrypted private key in PEM form: convert it or correct http.tls.key`,
  )
  if (!parsed.checkPrivateKey(privateKey))
    throw new Error(
      `the key in ${keyPath} does not belong to the certificate in ${certificatePath}: name a pair in http.tls`,
    )
  if (parsed.validToDate.getTime() < Date.now())
    log.warn("the TLS certificate has expired", { path: certificatePath, validTo: parsed.validTo })
  // A secret that Docker mounts in a container is readable there, and there alone.
  if (!keyPath.startsWith("/run/secrets/") && ((await stat(keyPath)).mode & 0o004) !== 0)
    log.warn("the TLS key can be read by every user of this machine: run chmod 600 on it", { path: keyPath })
  const isNewestAlone = minimumVersion === "tls1.3" || choice === "tls1.3 alone"
  const secureOptions = isNewestAlone ? OLDER_THAN_1_3 : OLDER_THAN_1_2
  return { cert, key, secureOptions, ...(choice === "tls1.3 alone" ? {} : choice), ...clientChecks }
}

function parseWith<T>(parse: () => T, message: string): T {
  try {
    return parse()
  } catch (error) {
    throw new Error(message, { cause: error })
  }
}
