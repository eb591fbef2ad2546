import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import { attempt, run } from "./command.ts"
import { startIsolated } from "./isolated-process.ts"
import type { Registry } from "./registry.ts"

export interface Containerd extends AsyncDisposable {
  /** Runs `ctr ARGUMENTS` against this containerd and gives what it printed. Throws when it fails. */
  ctr(args: string[]): Promise<string>
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

/** The options of `ctr images push` and `pull` for a registry. */
export function ctrTrust(registry: Registry): string[] {
  const { account, certificates } = registry
  const transport = certificates === undefined ? ["--plain-http"] : ["--tlscacert", certificates.authority]
  return account === undefined ? transport : [...transport, "--user", `${account.user}:${account.password}`]
}
