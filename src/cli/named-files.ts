import type { ConfigProblem } from "../config/config-error.ts"
import type { ExplainedSetting } from "../config/explain.ts"
import type { CliDependencies } from "./dependencies.ts"
import { describeError } from "./describe-error.ts"

/** The keys that name files which must be there when the server starts. */
const FILES = new Set([
  "auth.htpasswd.path",
  "auth.token.jwks",
  "auth.token.rootcertbundle",
  "http.tls.certificate",
  "http.tls.clientcas",
  "http.tls.key",
])

/** Made by the server where it is missing. */
const MADE_AT_START = "auth.htpasswd.path"

/** Tells which of the files that a configuration names this user cannot read, here and now. What is in them is not looked at. */
export async function findUnreadableFiles(
  settings: readonly ExplainedSetting[],
  readFile: CliDependencies["readFile"],
): Promise<readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = []
  for (const { path: names, value, origin } of settings) {
    const key = names.join(".")
    for (const path of FILES.has(key) ? [value ?? []].flat() : []) {
      const failure = typeof path === "string" ? await findFailure(path, readFile) : undefined
      if (failure === undefined || (key === MADE_AT_START && failure.isAbsent)) continue
      const variable = origin.kind === "variable" ? { variable: origin.name } : {}
      problems.push({ key, message: `cannot be read: ${failure.reason}`, ...variable })
    }
  }
  return problems
}

async function findFailure(path: string, readFile: CliDependencies["readFile"]) {
  try {
    await readFile(path)
    return undefined
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ENOENT"
    // The system's reason names the path, but for a directory.
    const reason = describeError(error)
    return { isAbsent, reason: reason.includes(path) ? reason : `${reason}, ${JSON.stringify(path)}` }
  }
}
