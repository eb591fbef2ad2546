import type { X509Certificate } from "node:crypto"

type Certificate = Pick<X509Certificate, "validFromDate" | "validToDate" | "checkHost">

const FIRST_RETRY_SECONDS = 60
// An authority counts failures; Let's Encrypt allows five in an hour.
const LONGEST_RETRY_SECONDS = 6 * 3600
const LONGEST_JITTER = 0.05

interface Wanted {
  hosts: readonly string[]
  /** 0 to 1: different for each server, so that not all come at once. */
  chance: number
}

/** When a certificate is to be replaced, in milliseconds: in the last third of its life, or at once where it lacks a host. */
export function findDue(certificate: Certificate, { hosts, chance }: Wanted): number {
  if (!hosts.every((host) => certificate.checkHost(host) !== undefined)) return 0
  const ends = certificate.validToDate.getTime()
  const life = ends - certificate.validFromDate.getTime()
  return ends - life * (1 / 3 + chance * LONGEST_JITTER)
}

/** How long to wait after so many failures in a row. */
export function findRetrySeconds(failures: number, chance: number): number {
  const seconds = Math.min(FIRST_RETRY_SECONDS * 4 ** (failures - 1), LONGEST_RETRY_SECONDS)
  return seconds * (1 + chance / 2)
}
