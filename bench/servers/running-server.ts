import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { findFreePort } from "../../test/support/free-port.ts"
import { openConnection } from "../clients/connection.ts"
import type { Certificate, Server } from "./server.ts"

const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 30_000

export interface RunningServer {
  url: string
  port: number
  pid: number
  root: string
  /** From the spawn to the first 200 on `/v2/`. */
  startedInMs: number
  stop(): Promise<void>
}

export interface StartOptions {
  /** For configuration and log; the data goes to `root` in it unless told otherwise. */
  directory: string
  root?: string
  certificate?: Certificate
}

// What this run started and has not stopped: an interrupted run ends exactly these, by pid.
const children = new Set<Bun.Subprocess>()

export function killServers(): void {
  for (const child of children) child.kill("SIGTERM")
}

/** Starts the server and waits until it answers. Rejects with the end of its log when it does not. */
export async function startServer(server: Server, options: StartOptions): Promise<RunningServer> {
  const { directory, certificate } = options
  const root = options.root ?? join(directory, "root")
  mkdirSync(root, { recursive: true })
  const port = await findFreePort()
  const command = server.configure({ directory, root, port, ...(certificate && { certificate }) })
  const log = join(directory, "log")
  const output = openSync(log, "a")
  const spawnedAt = performance.now()
  const child = Bun.spawn(command, { stdin: "ignore", stdout: output, stderr: output })
  closeSync(output)
  children.add(child)
  const stop = () => stopChild(child)
  try {
    await waitUntilReady(child, port, certificate !== undefined)
  } catch (error) {
    await stop()
    const end = readFileSync(log, "utf8").trim().split("\n").slice(-3).join(" / ").slice(-600)
    throw new Error(`${server.name} did not start: ${String(error)} ${end}`, { cause: error })
  }
  const startedInMs = performance.now() - spawnedAt
  const url = `${certificate ? "https" : "http"}://127.0.0.1:${port}`
  return { url, port, pid: child.pid, root, startedInMs, stop }
}

async function waitUntilReady(child: Bun.Subprocess, port: number, isTls: boolean): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS
  while (child.exitCode === null && child.signalCode === null) {
    if (performance.now() > deadline) throw new Error(`no 200 on /v2/ within ${START_LIMIT_MS / 1000} s`)
    if (await isReady(port, isTls)) return
    await Bun.sleep(2)
  }
  throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`)
}

async function isReady(port: number, isTls: boolean): Promise<boolean> {
  try {
    const connection = await openConnection(port, isTls)
    const answer = await connection.request({ method: "GET", path: "/v2/" }).finally(() => connection.close())
    return answer.status === 200
  } catch {
    // Not listening yet.
    return false
  }
}

async function stopChild(child: Bun.Subprocess): Promise<void> {
  child.kill("SIGTERM")
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS)
  await child.exited
  clearTimeout(timer)
  children.delete(child)
}
