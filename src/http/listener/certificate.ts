import { constants, createPrivateKey, X509Certificate } from "node:crypto"
import { readFile, stat } from "node:fs/promises"
import type { Logger } from "../../ports/logger.ts"

export interface TlsFiles {
  readonly certificatePath: string
  readonly keyPath: string
  readonly minimumVersion: "tls1.2" | "tls1.3"
}

/** What the runtime's server takes as its `tls`. */
export interface Certificate {
  cert: string
  key: string
  secureOptions: number
}

// The runtime takes no minVersion; these options are honoured (TLS 1.0 and 1.1 are off in any case).
const OLDER_THAN_1_2 = constants.SSL_OP_NO_TLSv1 | constants.SSL_OP_NO_TLSv1_1
const OLDER_THAN_1_3 = OLDER_THAN_1_2 | constants.SSL_OP_NO_TLSv1_2

/** Reads a certificate with its key and checks that they can serve. Rejects with a one-sentence Error that names the file. */
export async function loadCertificate(files: TlsFiles, log: Logger): Promise<Certificate> {
  const { certificatePath, keyPath, minimumVersion } = files
  const cert = await readText(certificatePath, "certificate")
  const key = await readText(keyPath, "key")
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
  if (((await stat(keyPath)).mode & 0o004) !== 0)
    log.warn("the TLS key can be read by every user of this machine: run chmod 600 on it", { path: keyPath })
  return { cert, key, secureOptions: minimumVersion === "tls1.3" ? OLDER_THAN_1_3 : OLDER_THAN_1_2 }
}

async function readText(path: string, what: "certificate" | "key"): Promise<string> {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    throw new Error(`cannot read the TLS ${what} ${path}: ${adviseOn(error, what)}`, { cause: error })
  }
}

function parseWith<T>(parse: () => T, message: string): T {
  try {
    return parse()
  } catch (error) {
    throw new Error(message, { cause: error })
  }
}

function adviseOn(error: unknown, what: "certificate" | "key"): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT") return `there is no such file, correct http.tls.${what}`
  if (code === "EISDIR") return `it is a directory, correct http.tls.${what}`
  if (code === "EACCES") return "let the user of the server read it"
  return error instanceof Error ? error.message : String(error)
}
