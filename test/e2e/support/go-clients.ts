import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { readAuthority } from "./certificates.ts"
import { type CommandResult, attempt, run } from "./command.ts"
import type { Registry } from "./registry.ts"

/** One of crane, regctl and helm, with a home of its own. */
export interface GoClient {
  run: (args: string[], input?: string) => Promise<string>
  attempt: (args: string[], input?: string) => Promise<CommandResult>
}

/** `crane`, logged in where the registry asks for a password. */
export async function createCrane(home: string, registry: Registry): Promise<GoClient> {
  const { account, certificates, host } = registry
  const trust = certificates === undefined ? {} : { SSL_CERT_FILE: certificates.authority }
  const crane = createClient("crane", home, trust)
  if (account !== undefined)
    await crane.run(["auth", "login", host, "--username", account.user, "--password-stdin"], account.password)
  return crane
}

/** `regctl`, told of the registry's authority, and logged in where the registry asks for a password. */
export async function createRegctl(home: string, registry: Registry): Promise<GoClient> {
  const { account, certificates, host } = registry
  const regctl = createClient("regctl", home)
  const trust = certificates === undefined ? ["--tls=disabled"] : ["--cacert", readAuthority(certificates)]
  await regctl.run(["registry", "set", ...trust, "--skip-check", host])
  if (account !== undefined)
    await regctl.run(["registry", "login", host, "--user", account.user, "--pass-stdin"], account.password)
  return regctl
}

/** `helm`, logged in where the registry asks for a password. */
export async function createHelm(home: string, registry: Registry): Promise<GoClient> {
  const { account, host } = registry
  const helm = createClient("helm", home)
  const who = account === undefined ? [] : ["--username", account.user, "--password-stdin"]
  if (account !== undefined)
    await helm.run(["registry", "login", host, ...who, ...helmTrust(registry)], account.password)
  return helm
}

export function helmTrust({ certificates }: Registry): string[] {
  return certificates === undefined ? ["--plain-http"] : ["--ca-file", certificates.authority]
}

function createClient(program: string, home: string, env: Record<string, string> = {}): GoClient {
  mkdirSync(home, { recursive: true })
  const options = (input?: string) => ({
    env: { HOME: home, DOCKER_CONFIG: join(home, ".docker"), ...env },
    cwd: home,
    ...(input === undefined ? {} : { input }),
  })
  return {
    run: (args, input) => run([program, ...args], options(input)),
    attempt: (args, input) => attempt([program, ...args], options(input)),
  }
}
