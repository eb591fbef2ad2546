export interface HtpasswdFile {
  /** Hash of each user that can log in. */
  hashes: ReadonlyMap<string, string>
  /** Users whose password is kept in a form that is not accepted. */
  refusedUsers: readonly string[]
  /** Numbers of the lines that are no entry, or a bcrypt entry that is cut off: the sign of a half-written file. */
  brokenLines: readonly number[]
  /** bcrypt's cost of most entries. */
  usualCost: number
}

const BCRYPT = /^\$2[abxy]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/
const DEFAULT_COST = 5

/** Reads the text of a file that `htpasswd` wrote: one `user:hash` a line, `#` before a comment; the last entry of a user counts. */
export function parseHtpasswd(text: string): HtpasswdFile {
  const hashes = new Map<string, string>()
  const refusedUsers: string[] = []
  const brokenLines: number[] = []
  const costs = new Map<number, number>()
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim()
    if (line === "" || line.startsWith("#")) continue
    const colon = line.indexOf(":")
    const user = line.slice(0, Math.max(colon, 0))
    const hash = line.slice(colon + 1)
    const cost = BCRYPT.exec(hash)?.[1]
    if (user === "" || hash === "" || (cost === undefined && hash.startsWith("$2"))) {
      brokenLines.push(index + 1)
    } else if (cost === undefined) {
      refusedUsers.push(user)
    } else {
      hashes.set(user, hash)
      costs.set(Number(cost), (costs.get(Number(cost)) ?? 0) + 1)
    }
  }
  return { hashes, refusedUsers, brokenLines, usualCost: findMostFrequent(costs) ?? DEFAULT_COST }
}

function findMostFrequent(counts: ReadonlyMap<number, number>): number | undefined {
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0]
}
