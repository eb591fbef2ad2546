import { X509Certificate } from "node:crypto"
import type { Challenges } from "../../ports/challenges.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Logger } from "../../ports/logger.ts"
import { openCache } from "./cache.ts"
import { findDue, findRetrySeconds } from "./due.ts"
import { createPlaceholder, loadAcme, orderCertificate } from "./order.ts"

export interface AcmeOptions {
  cachePath: string
  email: string | undefined
  /** At least one. */
  hosts: readonly string[]
  directoryUrl: string
  clock: Clock
  log: Logger
}

export interface AcmeCertificates {
  /** Key, certificate and chain, PEM. It is there from the beginning, and replaced as a whole when there is a new one. */
  readonly certificatePath: string
  readonly challenges: Challenges
  /** Begins to get certificates and to renew them, once `challenges` are served. */
  start(): void
  stop(): void
}

// Looked at often enough for a clock that was set, or a machine that slept.
const LONGEST_WAIT_MS = 3_600_000
const SHORTEST_WAIT_MS = 1000

/** Keeps a certificate of an ACME authority (RFC 8555). Rejects with a one-sentence Error when its place cannot be used. */
export async function openAcmeCertificates(options: AcmeOptions): Promise<AcmeCertificates> {
  const { hosts, clock, log } = options
  const [firstHost] = hosts
  if (firstHost === undefined) throw new Error("http.tls.letsencrypt.hosts must name the hosts to get certificates for")
  const cache = await openCache(options.cachePath, log).catch((error: unknown) => {
    throw new Error(`cannot keep certificates in ${options.cachePath}: ${reasonOf(error)}`, { cause: error })
  })
  const answers = new Map<string, string>()
  const chance = Math.random()
  let failures = 0
  let timer: Timer | undefined
  let isStopped = false

  // Now and not at the first renewal: loading holds everything up for some hundred milliseconds.
  await loadAcme()
  const found = await cache.findCertificate()
  if (found === undefined) {
    await cache.putCertificate(await createPlaceholder(firstHost))
    log.warn("there is no certificate yet: clients are refused until the authority has given one", { hosts })
  }

  /** Gives how long nothing needs to be done. */
  async function renew(): Promise<number> {
    try {
      const certificate = await cache.findCertificate()
      const due = certificate === undefined ? 0 : findDue(certificate, { hosts, chance })
      if (clock.now() < due) return due - clock.now()
      const pem = await orderCertificate({ ...options, cache, challenges: answers })
      await cache.putCertificate(pem)
      // Asking again at once would go on until the authority shuts us out.
      if (findDue(new X509Certificate(pem), { hosts, chance }) <= clock.now())
        throw new Error("the new certificate is too old already: set this machine's clock, or correct the hosts")
      failures = 0
      log.info("the authority has given a new certificate", { hosts })
      return SHORTEST_WAIT_MS
    } catch (error) {
      failures++
      const waitSeconds = Math.round(findRetrySeconds(failures, chance))
      log.error("there is no new certificate: the authority is asked again", {
        hosts,
        reason: reasonOf(error),
        waitSeconds,
      })
      return waitSeconds * 1000
    }
  }

  async function run(): Promise<void> {
    const waitMs = await renew()
    if (isStopped) return
    timer = setTimeout(() => void run(), Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS))
    timer.unref()
  }

  return {
    certificatePath: cache.certificatePath,
    challenges: { find: (token) => answers.get(token) },
    start: () => void run(),
    stop: () => {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
