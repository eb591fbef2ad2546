import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../../support/berth.ts"
import { findFreePort } from "../../support/free-port.ts"
import { createScratch } from "../../support/scratch.ts"
import { type Certificates, createCertificates } from "./certificates.ts"

export interface Account {
  user: string
  password: string
}

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  host: string
  port: number
  url: string
  /** Absent where anyone may do anything. */
  account?: Account
  /** Absent where it speaks plain HTTP. */
  certificates?: Certificates
}

export type Transport = "plain HTTP" | "TLS with a password" | "plain HTTP with a password"

/** Every client's main path is tested over both. */
export const TRANSPORTS: Transport[] = ["plain HTTP", "TLS with a password"]

/** Log-ins are tested over both: behind a proxy that ends TLS, Berth itself sees plain HTTP. */
export const PASSWORD_TRANSPORTS: Transport[] = ["plain HTTP with a password", "TLS with a password"]

/** Starts Berth on an empty directory. */
export function startRegistry(transport: Transport): Promise<Registry> {
  return transport === "plain HTTP" ? startBerth() : startSecured(transport === "TLS with a password")
}

async function startSecured(hasTls: boolean): Promise<Registry> {
  const scratch = createScratch("berth-secured")
  const certificates = hasTls ? await createCertificates(scratch.path) : undefined
  const account = { user: "alice", password: "correct horse:battery" }
  const users = join(scratch.path, "htpasswd")
  // As `htpasswd -B` writes it, whose bcrypt calls itself 2y.
  const hash = await Bun.password.hash(account.password, { algorithm: "bcrypt", cost: 5 })
  writeFileSync(users, `${account.user}:${hash.replace("$2b$", "$2y$")}\n`)
  const port = await findFreePort()
  const tls =
    certificates === undefined ? {} : { tls: { certificate: certificates.certificate, key: certificates.key } }
  const berth = await startBerth({
    port,
    config: {
      http: { addr: `127.0.0.1:${port}`, ...tls },
      auth: { htpasswd: { realm: "Berth", path: users } },
    },
  })
  return {
    host: berth.host,
    port,
    url: berth.url,
    account,
    ...(certificates === undefined ? {} : { certificates }),
    [Symbol.asyncDispose]: async () => {
      await berth.stop()
      scratch[Symbol.dispose]()
    },
  }
}
