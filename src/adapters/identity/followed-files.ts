import { stat } from "node:fs/promises"
import type { Clock } from "../../ports/clock.ts"

/** What files hold, read again when they change. */
export interface FollowedFiles<T> {
  /** What is in force now. */
  current(): T
  /** Looks whether a file has changed, unless that was done within the last second. */
  refresh(): Promise<void>
  /** Looks at once. Gives whether other content is in force now. Never rejects. */
  refreshNow(): Promise<boolean>
}

interface FollowOptions<T> {
  paths: readonly string[]
  clock: Clock
  /** Reads the files; `undefined` when what they hold is not to be taken, which it has then reported. */
  read(): Promise<T | undefined>
  /** New content is in force. */
  onRead(content: T): void
  /** `read` threw, or a file is not there; what was in force stays so. */
  onFailure(error: unknown): void
}

const CHECK_MILLISECONDS = 1000
// A file that changed so recently may still be in the middle of being written.
const SETTLE_MILLISECONDS = 100

/** Starts from content that was read right after `describeFiles` gave the signature. */
export function followFiles<T>(first: { content: T; signature: string }, options: FollowOptions<T>): FollowedFiles<T> {
  const { paths, clock } = options
  let { content, signature } = first
  let checkedAt = clock.now()
  let checking: Promise<boolean> | undefined

  async function check(): Promise<boolean> {
    checkedAt = clock.now()
    const now = await describeFiles(paths).catch(() => "absent")
    if (now === signature) return false
    await Bun.sleep(SETTLE_MILLISECONDS)
    try {
      signature = "absent"
      signature = await describeFiles(paths)
      const next = await options.read()
      if (next === undefined) return false
      content = next
    } catch (error) {
      options.onFailure(error)
      return false
    }
    options.onRead(content)
    return true
  }

  async function refreshNow(): Promise<boolean> {
    checking ??= check().finally(() => (checking = undefined))
    return checking
  }

  return {
    current: () => content,
    refresh: async () => {
      // The clock of the system may be set back.
      if (Math.abs(clock.now() - checkedAt) >= CHECK_MILLISECONDS) await refreshNow()
    },
    refreshNow,
  }
}

/** Differs when a file was written, replaced, or given other rights. Rejects when one is not there. */
export async function describeFiles(paths: readonly string[]): Promise<string> {
  const stats = await Promise.all(paths.map((path) => stat(path)))
  return stats.map(({ mtimeMs, ctimeMs, size, ino }) => `${mtimeMs}:${ctimeMs}:${size}:${ino}`).join(" ")
}
