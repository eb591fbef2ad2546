import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { findFreePort } from "../support/free-port.ts"
import { createScratch } from "../support/scratch.ts"

/** A file and variables, the same for both servers. `{root}` and `{port}` stand for each server's own. */
export interface Configuration {
  name: string
  /** YAML. */
  file: string
  env?: Readonly<Record<string, string>>
  /** Files to write below `{root}` before the start. */
  files?: Readonly<Record<string, string>>
}

export interface RunningServer extends AsyncDisposable {
  url: string
  /** `127.0.0.1:PORT`. */
  host: string
}

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts")
const LONGEST_START_MS = 20_000

export function startDockerRegistry(configuration: Configuration): Promise<RunningServer> {
  return start(["docker-registry", "serve"], configuration)
}

export function startBerth(configuration: Configuration): Promise<RunningServer> {
  return start([process.execPath, MAIN, "serve"], configuration)
}

async function start(
  command: readonly string[],
  { file, env = {}, files = {} }: Configuration,
): Promise<RunningServer> {
  const scratch = createScratch("berth-differential")
  const port = await findFreePort()
  const filled = (text: string) => text.replaceAll("{root}", scratch.path).replaceAll("{port}", String(port))
  mkdirSync(join(scratch.path, "data"))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(scratch.path, name), text)
  const path = join(scratch.path, "config.yml")
  writeFileSync(path, filled(file))
  const child = Bun.spawn([...command, path], {
    env: { ...process.env, ...Object.fromEntries(Object.entries(env).map(([name, text]) => [name, filled(text)])) },
    stdin: "ignore",
    stdout: "ignore",
    stderr: Bun.file(join(scratch.path, "log")),
  })
  const host = `127.0.0.1:${port}`
  const server: RunningServer = {
    url: `http://${host}`,
    host,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM")
      await child.exited
      scratch[Symbol.dispose]()
    },
  }
  for (const giveUpAt = Date.now() + LONGEST_START_MS; Date.now() < giveUpAt; await Bun.sleep(20)) {
    if (child.exitCode !== null) break
    if ((await fetch(server.url).catch(() => undefined)) !== undefined) return server
  }
  const log = await Bun.file(join(scratch.path, "log")).text()
  await server[Symbol.asyncDispose]()
  throw new Error(`${command.join(" ")} did not start:\n${log.slice(-2000)}`)
}
