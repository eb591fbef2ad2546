import { stat } from "node:fs/promises"
import type { Logger } from "../../ports/logger.ts"
import { loadCertificate, type Certificate, type TlsOptions } from "./certificate.ts"

const POLL_MILLISECONDS = 2000

interface WatchOptions {
  tls: TlsOptions
  /** The state of the files, told by `describeFiles` before those in force were read. */
  inForce: string
  log: Logger
  replace: (next: Certificate) => void
}

export interface CertificateWatch {
  /** Takes what has changed at once, without waiting until the files have settled. */
  check(): Promise<void>
  stop(): void
}

/**
 * Hands over new files once they have changed and then stayed the same for one poll: certificate and key are seldom
 * written at the same moment. Files that cannot serve are reported, and what is in force stays.
 */
export function watchCertificate(options: WatchOptions): CertificateWatch {
  const { tls, log, replace } = options
  let { inForce } = options
  let before: string | undefined
  let isStopped = false
  let isPolling = false
  let turn = Promise.resolve()

  async function look(isAtOnce: boolean): Promise<void> {
    const now = await describeFiles(tls)
    const isSettled = isAtOnce || now === before
    before = now
    if (now === inForce || !isSettled || isStopped) return
    inForce = now
    try {
      const next = await loadCertificate(tls, log)
      if (isStopped) return
      replace(next)
      log.info("the TLS certificate was replaced", { path: tls.certificatePath })
    } catch (error) {
      log.warn("the new TLS certificate is refused, the old one stays in force", {
        reason: error instanceof Error ? error.message : String(error),
      })
    }
  }

  // One look after the other: two at once might hand the same files over twice. `look` never rejects.
  function check(): Promise<void> {
    return (turn = turn.then(() => look(true)))
  }

  async function poll(): Promise<void> {
    if (isPolling) return
    isPolling = true
    await (turn = turn.then(() => look(false)))
    isPolling = false
  }

  const timer = setInterval(() => void poll(), POLL_MILLISECONDS)
  timer.unref()

  function stop(): void {
    isStopped = true
    clearInterval(timer)
  }

  return { check, stop }
}

export async function describeFiles({ certificatePath, keyPath, clientAuthorityPaths }: TlsOptions): Promise<string> {
  const parts = await Promise.all([certificatePath, keyPath, ...clientAuthorityPaths].map(describeFile))
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
