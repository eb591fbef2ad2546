// For the tests of this folder only.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ISSUER, SERVICE } from "../../../test/support/token-issuer.ts"
import type { Actor } from "../../domain/actor.ts"
import type { Clock } from "../../ports/clock.ts"
import type { Identity } from "../../ports/identity.ts"
import { createMemoryLogger } from "../logger/memory.ts"
import { createHtpasswdIdentity } from "./htpasswd.ts"
import { createTokenIdentity } from "./token.ts"
import type { VerifyPassword } from "./password-check.ts"

export interface TestClock extends Clock {
  pass(seconds: number): void
}

export function createTestClock(start = 1_800_000_000_000): TestClock {
  let now = start
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

interface TestTokenOptions {
  /** Texts of the files. */
  certificates?: string
  keySet?: unknown
  algorithms?: readonly string[]
  redirectPath?: string
}

export interface TestTokenIdentity extends Disposable {
  identity: Identity
  clock: TestClock
  warnings(): string[]
  /** Puts other files in the place of both, and lets the time pass after which they are looked at. */
  rewrite(files: { certificates?: string; keySet?: unknown }): void
  login(token: string): Promise<Actor | undefined>
}

/** An identity that takes the tokens of `test/support/token-issuer.ts`, with the issuer's keys from these files. */
export async function openTokenIdentity(options: TestTokenOptions): Promise<TestTokenIdentity> {
  const folder = mkdtempSync(join(tmpdir(), "berth-token-"))
  const [certificatesPath, keySetPath] = [join(folder, "certificates.pem"), join(folder, "keys.json")]
  const write = ({ certificates, keySet }: TestTokenOptions) => {
    if (certificates !== undefined) writeFileSync(certificatesPath, certificates)
    if (keySet !== undefined) writeFileSync(keySetPath, JSON.stringify({ keys: keySet }))
  }
  write(options)
  const clock = createTestClock(Date.now())
  const log = createMemoryLogger()
  const identity = await createTokenIdentity({
    realm: "https://auth.example/token",
    service: SERVICE,
    issuer: ISSUER,
    certificatesPath: options.certificates === undefined ? undefined : certificatesPath,
    keySetPath: options.keySet === undefined ? undefined : keySetPath,
    algorithms: options.algorithms ?? ["ES256"],
    redirectPath: options.redirectPath,
    clock,
    log,
  })
  return {
    identity,
    clock,
    warnings: () => log.messages("warn"),
    rewrite: (files) => {
      write(files)
      clock.pass(1)
    },
    login: (token) => identity.authenticate({ authorization: `Bearer ${token}`, address: "192.0.2.1" }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
