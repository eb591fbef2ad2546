import { readFileSync } from "node:fs"
import { join } from "node:path"
import { commandEnvironment } from "../e2e/support/command.ts"

export interface Server {
  /** As Ctrl-C does. Throws unless it ends as it should. */
  stop(): Promise<void>
}

interface ServerOptions {
  directory: string
  port: number
}

const READY = " is ready\n"
const LONGEST_START_MS = 60_000

/** Runs a command that serves, and waits until it says that it is ready. */
export async function startServer(command: string, { directory, port }: ServerOptions): Promise<Server> {
  // A configuration names its own address: the page's port has been replaced in it.
  const address = command === "npm start" ? { REGISTRY_HTTP_ADDR: `127.0.0.1:${port}` } : {}
  const child = Bun.spawn(["bash", "-c", command], {
    cwd: directory,
    env: commandEnvironment({ HOME: directory, ...address }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  let output = ""
  for (const pipe of [child.stdout, child.stderr]) void drain(pipe, (text) => (output += text))
  const giveUpAt = Date.now() + LONGEST_START_MS
  while (!output.includes(READY)) {
    if (child.exitCode !== null || Date.now() > giveUpAt) {
      child.kill()
      throw new Error(`${command} did not start a server:\n${output}`)
    }
    await Bun.sleep(20)
  }
  return {
    stop: async () => {
      // A terminal sends Ctrl-C to all that it runs; here the server alone is told, and npm ends with it.
      process.kill(readServerPid(directory), "SIGINT")
      const code = await child.exited
      if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`)
    },
  }
}

function readServerPid(directory: string): number {
  const holder = JSON.parse(readFileSync(join(directory, "data", "berth", "lock.json"), "utf8")) as { pid: number }
  return holder.pid
}

async function drain(pipe: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  for await (const piece of pipe) onText(decoder.decode(piece, { stream: true }))
}
