import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"
import { findFreePort } from "../../support/free-port.ts"
import { createScratch } from "../../support/scratch.ts"
import { commandEnvironment } from "./command.ts"
import type { Registry } from "./registry.ts"

/** Starts Debian's docker-registry on the directory; it takes schema 1 as well. */
export async function startDockerRegistry(root: string): Promise<Registry> {
  const scratch = createScratch("docker-registry")
  const port = await findFreePort()
  mkdirSync(root, { recursive: true })
  const config = {
    version: 0.1,
    log: { level: "error", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: root }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: "test" },
    compatibility: { schema1: { enabled: true } },
  }
  const file = join(scratch.path, "config.yml")
  writeFileSync(file, stringify(config))
  const child = Bun.spawn(["docker-registry", "serve", file], {
    env: commandEnvironment(),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  })
  const stop = async () => {
    child.kill("SIGKILL")
    await child.exited
    scratch[Symbol.dispose]()
  }
  const host = `127.0.0.1:${port}`
  const url = `http://${host}`
  for (let tries = 0; (await fetch(`${url}/v2/`).catch(() => undefined)) === undefined; tries++) {
    if (tries > 500 || child.exitCode !== null) {
      await stop()
      throw new Error("docker-registry did not listen")
    }
    await Bun.sleep(20)
  }
  return { host, port, url, [Symbol.asyncDispose]: stop }
}
