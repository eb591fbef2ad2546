import { RegistryError } from "../../domain/errors.ts"

export type VerifyPassword = (password: string | Uint8Array, hash: string) => Promise<boolean>

export interface PasswordCheck {
  /** Checks a password against the user's hash; without one it does the same work for a user of the usual cost, in vain. */
  verify(password: string, hash: string | undefined, usualCost: number): Promise<boolean>
}

interface PasswordCheckOptions {
  verify: VerifyPassword
  /** Checks at once: they keep a processor busy, and threads that files are also read by. */
  concurrency: number
  waiting?: number
}

// bcrypt reads no more, and htpasswd cuts there; the runtime hashes longer ones first, so that they would not match.
const BCRYPT_BYTES = 72
// Salt and digest of a random password that nobody knows.
const NOBODY = "LA6HnneZu.r898SO7Om8C.BP2a7hysbeDL37PNkVWJRoPNsnqVLBa"

const utf8 = new TextEncoder()

export function createPasswordCheck(options: PasswordCheckOptions): PasswordCheck {
  const { concurrency, waiting: waitingAtMost = 256 } = options
  const waiting: (() => void)[] = []
  let running = 0

  async function takeTurn(): Promise<void> {
    if (running < concurrency) {
      running++
      return
    }
    if (waiting.length >= waitingAtMost)
      throw new RegistryError("OVERLOADED", "too many logins at once", { detail: { retryAfterSeconds: 5 } })
    // Whoever ends hands its turn over, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function endTurn(): void {
    const next = waiting.shift()
    if (next === undefined) running--
    else next()
  }

  async function verify(password: string, hash: string | undefined, usualCost: number): Promise<boolean> {
    await takeTurn()
    try {
      const nobody = `$2b$${String(usualCost).padStart(2, "0")}$${NOBODY}`
      const isRight = await options.verify(utf8.encode(password).subarray(0, BCRYPT_BYTES), hash ?? nobody)
      return isRight && hash !== undefined
    } finally {
      endTurn()
    }
  }

  return { verify }
}
