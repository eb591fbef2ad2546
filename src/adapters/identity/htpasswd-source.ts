import { readFile } from "node:fs/promises"
import type { Clock } from "../../ports/clock.ts"
import type { Logger } from "../../ports/logger.ts"
import { describeFiles, followFiles, type FollowedFiles } from "./followed-files.ts"
import { parseHtpasswd, type HtpasswdFile } from "./htpasswd-file.ts"

interface SourceOptions {
  path: string
  clock: Clock
  log: Logger
}

const NAMED_AT_MOST = 20

/** Reads the file and follows its changes. Rejects with a one-sentence Error when it cannot be read at the start. */
export async function openHtpasswdSource({ path, clock, log }: SourceOptions): Promise<FollowedFiles<HtpasswdFile>> {
  async function readFirst(): Promise<{ content: HtpasswdFile; signature: string }> {
    try {
      const signature = await describeFiles([path])
      const content = parseHtpasswd(await readFile(path, "utf8"))
      reportRefused(content)
      if (content.brokenLines.length > 0)
        log.warn("htpasswd: lines that are no entry are left out", describeLines(content))
      if (content.hashes.size === 0) log.warn("htpasswd: the file has no user who can log in", { path })
      return { content, signature }
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

  function describeLines({ brokenLines }: HtpasswdFile): Record<string, unknown> {
    return { path, lines: brokenLines.slice(0, NAMED_AT_MOST) }
  }

  return followFiles(await readFirst(), {
    paths: [path],
    clock,
    read: async () => {
      const next = parseHtpasswd(await readFile(path, "utf8"))
      if (next.brokenLines.length === 0) return next
      const message = "htpasswd: the file is damaged or half written, what it held before stays in force"
      log.warn(message, describeLines(next))
      return undefined
    },
    onRead: (next) => {
      reportRefused(next)
      log.info("htpasswd: the file was read again", { users: next.hashes.size })
    },
    onFailure: (error) => {
      log.warn("htpasswd: the file cannot be read, what it held before stays in force", {
        path,
        reason: error instanceof Error ? error.message : String(error),
      })
    },
  })
}

function adviseOn(error: unknown, path: string): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT") return `make it with "htpasswd -Bc ${path} USER", or correct auth.htpasswd.path`
  if (code === "EISDIR") return "it is a directory, correct auth.htpasswd.path"
  if (code === "EACCES") return "let the user of the server read it"
  return error instanceof Error ? error.message : String(error)
}
