import { readFile } from "node:fs/promises"
import type { Clock } from "../../ports/clock.ts"
import type { Logger } from "../../ports/logger.ts"
import { describeFiles, followFiles, type FollowedFiles } from "./followed-files.ts"
import { createTrustedKeys, parseCertificates, parseKeySet, type TrustedKeys } from "./trusted-keys.ts"

export interface TokenKeyFiles {
  /** Certificates in PEM, and a JSON Web Key Set; one of them at least. */
  certificatesPath: string | undefined
  keySetPath: string | undefined
}

interface TokenKeysOptions extends TokenKeyFiles {
  clock: Clock
  log: Logger
}

/** Reads the issuer's keys and follows their changes. Rejects with an Error for the operator when there are none at the start. */
export async function openTokenKeys(options: TokenKeysOptions): Promise<FollowedFiles<TrustedKeys>> {
  const { certificatesPath, keySetPath, clock, log } = options
  const paths = [certificatesPath, keySetPath].filter((path) => path !== undefined)

  async function read(): Promise<TrustedKeys> {
    const [roots, keySet] = await Promise.all([
      readOne(certificatesPath, "auth.token.rootcertbundle", parseCertificates),
      readOne(keySetPath, "auth.token.jwks", parseKeySet),
    ])
    const keys = await createTrustedKeys(roots, keySet)
    for (const reason of keys.leftOut) log.warn("token: a key of the issuer cannot be used", { reason })
    if (keys.named.size === 0)
      throw new Error(`there is no key of the issuer in ${paths.join(" and ")}: put its certificate or key set there`)
    return keys
  }

  const signature = await describeFiles(paths).catch(() => "absent")
  return followFiles(
    { content: await read(), signature },
    {
      paths,
      clock,
      read,
      onRead: (keys) => log.info("token: the issuer's keys were read again", { names: keys.named.size }),
      onFailure: (error) =>
        log.warn("token: the issuer's keys cannot be read, those before stay in force", {
          reason: error instanceof Error ? error.message : String(error),
        }),
    },
  )
}

async function readOne<T>(path: string | undefined, setting: string, parse: (text: string) => T[]): Promise<T[]> {
  if (path === undefined) return []
  try {
    return parse(await readFile(path, "utf8"))
  } catch (error) {
    throw new Error(`cannot use ${setting}, ${path}: ${adviseOn(error, setting)}`, { cause: error })
  }
}

function adviseOn(error: unknown, setting: string): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT") return `it is not there, correct ${setting}`
  if (code === "EISDIR") return `it is a directory, correct ${setting}`
  if (code === "EACCES") return "let the user of the server read it"
  return error instanceof Error ? error.message : String(error)
}
