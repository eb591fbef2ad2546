// For the tests of this folder only.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Clock } from "../../ports/clock.ts"
import type { Identity } from "../../ports/identity.ts"
import { createMemoryLogger } from "../logger/memory.ts"
import { createHtpasswdIdentity } from "./htpasswd.ts"
import type { VerifyPassword } from "./password-check.ts"

export interface TestClock extends Clock {
  pass(seconds: number): void
}

export function createTestClock(): TestClock {
  let now = 1_800_000_000_000
  return { now: () => now, pass: (seconds) => void (now += seconds * 1000) }
}

export interface TestIdentity extends Disposable {
  identity: Identity
  path: string
  clock: TestClock
  /** Messages of warnings so far. */
  warnings(): string[]
  /** The hashes that passwords were checked against so far. */
  verified: string[]
  /** Puts another text in the place of the file, and lets the time pass after which it is looked at. */
  rewrite(text: string): void
  login(user: string, password: string, address?: string): Promise<string | undefined>
}

/** An identity on a file with this text. `verify` takes the place of bcrypt; each call of it is counted. */
export async function openIdentity(text: string, verify: VerifyPassword = verifyBcrypt): Promise<TestIdentity> {
  const folder = mkdtempSync(join(tmpdir(), "berth-identity-"))
  const path = join(folder, "htpasswd")
  writeFileSync(path, text)
  const clock = createTestClock()
  const verified: string[] = []
  const log = createMemoryLogger()
  const count: VerifyPassword = (password, hash) => {
    verified.push(hash)
    return verify(password, hash)
  }
  const identity = await createHtpasswdIdentity({ realm: "Registry", path, clock, log, verify: count })
  return {
    identity,
    path,
    clock,
    warnings: () => log.messages("warn"),
    verified,
    rewrite: (next) => {
      writeFileSync(path, next)
      clock.pass(1)
    },
    login: async (user, password, address = "192.0.2.1") => {
      const actor = await identity.authenticate({ authorization: basic(user, password), address })
      return actor?.id
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
}

export async function entry(user: string, password: string, cost = 4): Promise<string> {
  return `${user}:${await Bun.password.hash(password, { algorithm: "bcrypt", cost })}\n`
}

async function verifyBcrypt(password: string | Uint8Array, hash: string): Promise<boolean> {
  return Bun.password.verify(password, hash).catch(() => false)
}
