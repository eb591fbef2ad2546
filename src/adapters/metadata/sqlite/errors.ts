import { RegistryError } from "../../../domain/errors.ts"

/** An error as it crosses threads. */
export interface ErrorReport {
  message: string
  /** SQLite's code, such as SQLITE_FULL, or one of the registry's own. */
  code?: string
}

const DAMAGES = ["SQLITE_CORRUPT", "SQLITE_NOTADB"]
const FAILURES = [...DAMAGES, "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN"]

export function reportError(error: unknown): ErrorReport {
  const code = codeOf(error)
  return { message: error instanceof Error ? error.message : String(error), ...(code !== undefined && { code }) }
}

export function restoreError({ message, code }: ErrorReport): Error {
  return code === undefined ? new Error(message) : Object.assign(new Error(message), { code })
}

/** The error that callers of the adapter get: STORAGE_FULL and STORAGE_FAILED in place of what SQLite calls them. */
export function translateError(error: unknown): unknown {
  const code = codeOf(error)
  if (code === "STORAGE_FAILED" && error instanceof Error) return new RegistryError(code, error.message)
  if (code === "SQLITE_FULL") {
    return new RegistryError("STORAGE_FULL", "no space is left for metadata: nothing was stored", { cause: error })
  }
  if (!isOneOf(code, FAILURES)) return error
  return new RegistryError("STORAGE_FAILED", "the metadata could not be read or written", { cause: error })
}

/** Whether the connection is to be given up: after a failed write nobody knows what the system still holds of it. */
export function spoilsConnection(error: unknown): boolean {
  return isOneOf(codeOf(error), FAILURES)
}

/** Names the file, and the way out when it is damaged, in place of what SQLite says when a database does not open. */
export function explainOpening(error: unknown, path: string): unknown {
  const code = codeOf(error)
  if (!isOneOf(code, FAILURES)) return error
  const message = isOneOf(code, DAMAGES)
    ? `the database ${path} is damaged (${code}): restore it from a backup, or move it and its -wal file away to start empty`
    : `the database ${path} cannot be opened (${code}): see that its directory exists and that both can be written`
  return Object.assign(new Error(message, { cause: error }), { code })
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined
  return typeof error.code === "string" ? error.code : undefined
}

function isOneOf(code: string | undefined, families: string[]): boolean {
  return code !== undefined && families.some((family) => code === family || code.startsWith(`${family}_`))
}
