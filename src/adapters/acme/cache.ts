import { X509Certificate } from "node:crypto"
import { chmod, mkdir, open, readFile, rename, stat } from "node:fs/promises"
import { join } from "node:path"
import type { Logger } from "../../ports/logger.ts"

/** What is kept of an account and its certificate, in files that the server's user alone can read. */
export interface Cache {
  /** PEM: the key, the certificate and its chain in one file, so that they are replaced together. */
  readonly certificatePath: string
  findAccountKey(): Promise<string | undefined>
  putAccountKey(pem: string): Promise<void>
  /** `undefined` where there is none, or none that can be read. */
  findCertificate(): Promise<X509Certificate | undefined>
  putCertificate(pem: string): Promise<void>
}

/**
 * A directory. distribution keeps its own files under the same setting, in a form of autocert's: they are left as they are,
 * for the way back. Where its oldest version has left a file in the place, a directory beside it is used.
 */
export async function openCache(path: string, log: Logger): Promise<Cache> {
  const directory = await findDirectory(path, log)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const at = (name: string) => join(directory, name)
  const certificatePath = at("berth-certificate.pem")

  async function put(name: string, text: string): Promise<void> {
    const beside = at(`${name}.new`)
    const file = await open(beside, "w", 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    // One that was there before keeps its mode.
    await chmod(beside, 0o600)
    await rename(beside, at(name))
  }

  return {
    certificatePath,
    findAccountKey: () => find(at("berth-account.pem")),
    putAccountKey: (pem) => put("berth-account.pem", pem),
    findCertificate: async () => {
      const pem = await find(certificatePath)
      try {
        return pem === undefined ? undefined : new X509Certificate(pem)
      } catch {
        log.warn("the certificate that was kept cannot be read: another one is asked for", { path: certificatePath })
        return undefined
      }
    },
    putCertificate: (pem) => put("berth-certificate.pem", pem),
  }
}

async function findDirectory(path: string, log: Logger): Promise<string> {
  const found = await stat(path).catch(allowAbsent)
  if (found === undefined || found.isDirectory()) return path
  const beside = `${path}.berth`
  log.warn("http.tls.letsencrypt.cachefile names a file of another program: certificates are kept beside it", {
    path: beside,
  })
  return beside
}

async function find(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(allowAbsent)
}

function allowAbsent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
  throw error
}
