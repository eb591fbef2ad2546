import { stat } from "node:fs/promises"
import type { Logger } from "../../ports/logger.ts"
import { loadCertificate, type Certificate, type TlsFiles } from "./certificate.ts"

const POLL_MILLISECONDS = 2000

interface WatchOptions {
  files: TlsFiles
  /** The state of the files, told by `describeFiles` before the pair in force was read. */
  inForce: string
  log: Logger
  replace: (next: Certificate) => void
}

/**
 * Hands over a new pair once its files have changed and then stayed the same for one poll: certificate and key are
 * seldom written at the same moment. A pair that cannot serve is reported, and the one in force stays.
 */
export function watchCertificate(options: WatchOptions): { stop(): void } {
  const { files, log, replace } = options
  let { inForce } = options
  let before: string | undefined
  let isStopped = false
  let isPolling = false

  async function poll(): Promise<void> {
    const now = await describeFiles(files)
    const isSettled = now === before
    before = now
    if (now === inForce || !isSettled) return
    inForce = now
    try {
      const next = await loadCertificate(files, log)
      if (isStopped) return
      replace(next)
      log.info("the TLS certificate was replaced", { path: files.certificatePath })
    } catch (error) {
      log.warn("the new TLS certificate is refused, the old one stays in force", {
        reason: error instanceof Error ? error.message : String(error),
      })
    }
  }

  async function tick(): Promise<void> {
    if (isPolling) return
    isPolling = true
    await poll()
    isPolling = false
  }

  const timer = setInterval(() => void tick(), POLL_MILLISECONDS)
  timer.unref()

  function stop(): void {
    isStopped = true
    clearInterval(timer)
  }

  return { stop }
}

export async function describeFiles({ certificatePath, keyPath }: TlsFiles): Promise<string> {
  const parts = await Promise.all([certificatePath, keyPath].map(describeFile))
  return parts.join(" ")
}

async function describeFile(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path)
    return `${mtimeMs}:${ctimeMs}:${size}:${ino}`
  } catch {
    return "absent"
  }
}
