import { resolve } from "node:path"
import { becomeOwner, type UserCalls } from "../adapters/user/become-owner.ts"
import type { Config } from "../config/config.ts"

interface Process {
  /** BERTH_RUN_AS. */
  wanted: string | undefined
  workingDirectory: string
  calls: UserCalls
}

/** With `owner`, changes the process's user before anything is opened. Gives warnings for the operator. */
export async function runAs(config: Config, { wanted, workingDirectory, calls }: Process): Promise<readonly string[]> {
  switch (wanted) {
    case undefined:
    case "":
    case "root":
      return []
    case "owner":
      if (config.storage.kind !== "filesystem") return []
      return becomeOwner({
        root: resolve(workingDirectory, config.storage.root),
        files: listFiles(config).map((path) => resolve(workingDirectory, path)),
        calls,
      })
    default:
      throw new Error(`BERTH_RUN_AS is ${wanted}: it must be owner or root`)
  }
}

function listFiles({ http: { tls }, auth }: Config): string[] {
  const paths: (string | undefined)[] = [...(tls?.clientAuthorityPaths ?? [])]
  if (tls?.certificate.kind === "files") paths.push(tls.certificate.certificatePath, tls.certificate.keyPath)
  if (auth?.kind === "htpasswd") paths.push(auth.path)
  if (auth?.kind === "token") paths.push(auth.certificatesPath, auth.keySetPath)
  return paths.filter((path) => path !== undefined)
}
