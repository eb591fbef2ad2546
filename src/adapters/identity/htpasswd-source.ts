import { readFile, stat } from "node:fs/promises"
import type { Clock } from "../../ports/clock.ts"
import type { Logger } from "../../ports/logger.ts"
import { parseHtpasswd, type HtpasswdFile } from "./htpasswd-file.ts"

export interface HtpasswdSource {
  /** What is in force now. */
  current(): HtpasswdFile
  /** Looks whether the file has changed, unless that was done within the last second. */
  refresh(): Promise<void>
  /** Looks at once. Gives whether other content is in force now. */
  refreshNow(): Promise<boolean>
}

interface SourceOptions {
  path: string
  clock: Clock
  log: Logger
}

const CHECK_MILLISECONDS = 1000
// A file that changed so recently may still be in the middle of being written.
const SETTLE_MILLISECONDS = 100
const NAMED_AT_MOST = 20

/** Reads the file and follows its changes. Rejects with a one-sentence Error when it cannot be read at the start. */
export async function openHtpasswdSource({ path, clock, log }: SourceOptions): Promise<HtpasswdSource> {
  let signature = ""
  let checkedAt = clock.now()
  let checking: Promise<boolean> | undefined
  let file = await readFirst()

  async function readFirst(): Promise<HtpasswdFile> {
    try {
      signature = await describe(path)
      const first = parseHtpasswd(await readFile(path, "utf8"))
      reportRefused(first)
      if (first.brokenLines.length > 0) log.warn("htpasswd: lines that are no entry are left out", describeLines(first))
      if (first.hashes.size === 0) log.warn("htpasswd: the file has no user who can log in", { path })
      return first
    } catch (error) {
      throw new Error(`cannot read the htpasswd file ${path}: ${adviseOn(error, path)}`, { cause: error })
    }
  }

  function reportRefused({ refusedUsers }: HtpasswdFile): void {
    for (const user of refusedUsers.slice(0, NAMED_AT_MOST)) {
      log.warn(`htpasswd: ${user} cannot log in, the password is not hashed with bcrypt`, {
        do: `htpasswd -B ${path} ${user}`,
      })
    }
    const more = refusedUsers.length - NAMED_AT_MOST
    if (more > 0) log.warn("htpasswd: more users cannot log in for the same reason", { users: more })
  }

  async function check(): Promise<boolean> {
    checkedAt = clock.now()
    const now = await describe(path).catch(() => "absent")
    if (now === signature) return false
    await Bun.sleep(SETTLE_MILLISECONDS)
    try {
      signature = await describe(path)
      const next = parseHtpasswd(await readFile(path, "utf8"))
      if (next.brokenLines.length > 0) {
        log.warn(
          "htpasswd: the file is damaged or half written, what it held before stays in force",
          describeLines(next),
        )
        return false
      }
      reportRefused(next)
      file = next
      log.info("htpasswd: the file was read again", { users: next.hashes.size })
      return true
    } catch (error) {
      signature = "absent"
      log.warn("htpasswd: the file cannot be read, what it held before stays in force", {
        path,
        reason: error instanceof Error ? error.message : String(error),
      })
      return false
    }
  }

  async function refreshNow(): Promise<boolean> {
    checking ??= check().finally(() => (checking = undefined))
    return checking
  }

  async function refresh(): Promise<void> {
    // The clock of the system may be set back.
    if (Math.abs(clock.now() - checkedAt) >= CHECK_MILLISECONDS) await refreshNow()
  }

  function describeLines({ brokenLines }: HtpasswdFile): Record<string, unknown> {
    return { path, lines: brokenLines.slice(0, NAMED_AT_MOST) }
  }

  return { current: () => file, refresh, refreshNow }
}

function adviseOn(error: unknown, path: string): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT") return `make it with "htpasswd -Bc ${path} USER", or correct auth.htpasswd.path`
  if (code === "EISDIR") return "it is a directory, correct auth.htpasswd.path"
  if (code === "EACCES") return "let the user of the server read it"
  return error instanceof Error ? error.message : String(error)
}

async function describe(path: string): Promise<string> {
  const { mtimeMs, ctimeMs, size, ino } = await stat(path)
  return `${mtimeMs}:${ctimeMs}:${size}:${ino}`
}
