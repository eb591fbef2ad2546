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

/**
 * Names the file, what is wrong and the way out, in place of what SQLite says when a database does not open. Gives back
 * what is none of SQLite's errors.
 */
export function explainOpening(error: unknown, path: string): unknown {
  const code = codeOf(error)
  const trouble = code === undefined ? undefined : describeTrouble(code)
  return trouble === undefined ? error : withMessage(error, `the database ${path} ${trouble}`)
}

/** The same for a file that is only locked, and holds nothing. */
export function explainLocking(error: unknown, path: string): unknown {
  if (isOneOf(codeOf(error), DAMAGES)) {
    return withMessage(error, `${path} is no lock file: remove it, a new one is made at the next start`)
  }
  const trouble = describeTrouble(codeOf(error) ?? "")
  return trouble === undefined ? error : withMessage(error, `the lock ${path} ${trouble}`)
}

function describeTrouble(code: string): string | undefined {
  if (isOneOf(code, DAMAGES)) {
    return `is damaged (${code}): restore it from a backup, or move it and its -wal file away to start empty`
  }
  // The second: the file that connections share in memory cannot be made as long as it has to be.
  if (isOneOf(code, ["SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"])) {
    return `cannot be opened (${code}): no space is left on its disk, make room and start again`
  }
  if (code === "EROFS") return `cannot be opened (${code}): mount its file system for writing`
  if (isOneOf(code, ["SQLITE_PERM", "EACCES", "EPERM"])) {
    return `cannot be opened (${code}): run it as the owner of its directory, or see that the user of the server may write to both`
  }
  if (isOneOf(code, ["SQLITE_CANTOPEN", "SQLITE_READONLY"])) {
    return `cannot be opened (${code}): see that its directory exists and that the user of the server may write to both`
  }
  if (isOneOf(code, ["SQLITE_BUSY"])) return `is in use by another program (${code}): end that one first`
  if (isOneOf(code, ["SQLITE_IOERR"])) return `cannot be read or written (${code}): look at the disk that it is on`
  return undefined
}

function withMessage(error: unknown, message: string): Error {
  return Object.assign(new Error(message, { cause: error }), { code: codeOf(error) })
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined
  return typeof error.code === "string" ? error.code : undefined
}

function isOneOf(code: string | undefined, families: string[]): boolean {
  return code !== undefined && families.some((family) => code === family || code.startsWith(`${family}_`))
}
