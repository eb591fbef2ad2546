import { stat } from "node:fs/promises"
import type { Logger } from "../../ports/logger.ts"
import { loadCertificate, type Certificate, type TlsFiles } from "./certificate.ts"

interface WatchOptions {
  files: TlsFiles
  log: Logger
  replace: (next: Certificate) => void
  pollMilliseconds?: number
}

/**
 * Hands over a new pair once its files have changed and then stayed the same for one poll: certificate and key are
 * seldom written at the same moment. A pair that cannot serve is reported, and the one in force stays.
 */
export function watchCertificate({ files, log, replace, pollMilliseconds = 2000 }: WatchOptions): { stop(): void } {
  let inForce: string | undefined
  let before: string | undefined
  let isStopped = false
  let isPolling = false

  async function poll(): Promise<void> {
    const now = await describe(files)
    const isSettled = now === before
    before = now
    inForce ??= now
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

  void tick()
  const timer = setInterval(() => void tick(), pollMilliseconds)
  timer.unref()

  function stop(): void {
    isStopped = true
    clearInterval(timer)
  }

  return { stop }
}

async function describe({ certificatePath, keyPath }: TlsFiles): Promise<string> {
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
