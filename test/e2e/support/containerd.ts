import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import { attempt, run } from "./command.ts"
import { startIsolated } from "./isolated-process.ts"
import type { Registry } from "./registry.ts"

export interface Containerd extends AsyncDisposable {
  /** Runs `ctr ARGUMENTS` against this containerd and gives what it printed. Throws when it fails. */
  ctr: (args: string[]) => Promise<string>
}

/** Starts a private containerd. */
export async function startContainerd(): Promise<Containerd> {
  const scratch = createScratch("berth-containerd")
  const path = (name: string) => join(scratch.path, name)
  const settings = [
    "version = 2",
    `root = "${path("root")}"`,
    `state = "${path("state")}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    `[grpc]\naddress = "${path("containerd.sock")}"`,
  ]
  writeFileSync(path("config.toml"), settings.join("\n"))
  const ctr = ["ctr", "--address", path("containerd.sock"), "--namespace", "test"]
  const isReady = async () => (await attempt([...ctr, "version"])).exitCode === 0
  const daemon = await startIsolated(["containerd", "--config", path("config.toml")], isReady)
  return {
    ctr: (args) => run([...ctr, ...args]),
    [Symbol.asyncDispose]: async () => {
      await daemon[Symbol.asyncDispose]()
      scratch[Symbol.dispose]()
    },
  }
}

/** The options of `ctr images push` and `pull` for a registry; its certificate's authority is named below `directory`. */
export function ctrTrust(registry: Registry, directory: string): string[] {
  const { account, certificates, host, url } = registry
  if (certificates === undefined) return ["--plain-http"]
  // Without such a file ctr speaks plain HTTP to loopback addresses.
  mkdirSync(join(directory, host), { recursive: true })
  const settings = [`server = "${url}"`, `[host."${url}"]`, `ca = "${certificates.authority}"`]
  settings.push('capabilities = ["pull", "resolve", "push"]')
  writeFileSync(join(directory, host, "hosts.toml"), settings.join("\n"))
  const hosts = ["--hosts-dir", directory]
  return account === undefined ? hosts : [...hosts, "--user", `${account.user}:${account.password}`]
}
