import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"
import { findFreePort } from "./free-port.ts"
import { createScratch } from "./scratch.ts"

export interface BerthOptions {
  /** Top-level sections laid over the default configuration; a section given here replaces the default one. */
  config?: Record<string, unknown>
  env?: Record<string, string>
  /** The data directory; without one a scratch directory is used, and removed by `stop`. */
  root?: string
  port?: number
  /** What is started, and where; from the source when left out. */
  program?: { command: readonly string[]; directory: string }
  /** It is to be killed from within: nothing is said of that. */
  endsByItself?: boolean
  /** After this the start has failed; 30 s when left out. */
  longestStartMs?: number
}

export interface Berth extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, or https where the configuration has `http.tls`. */
  url: string
  /** `127.0.0.1:PORT`, as clients write it before a repository's name. */
  host: string
  port: number
  root: string
  /** The file of its configuration. */
  configPath: string
  pid: number
  exited: Promise<number>
  /** All that the server printed so far. */
  output(): string
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number>
  /** SIGKILL; leaves the data directory for a second start: one that was not given goes away with `stop`. */
  kill(): Promise<void>
}

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts")

const LONGEST_START_MS = 30_000

/** Starts the real server as a process of its own and waits until it listens. Nothing stays of one that does not. */
export async function startBerth(options: BerthOptions = {}): Promise<Berth> {
  const scratch = createScratch("berth-server")
  const root = options.root ?? join(scratch.path, "data")
  const port = options.port ?? (await findFreePort())
  mkdirSync(root, { recursive: true })
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: root }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
    ...options.config,
  }
  const file = join(scratch.path, "config.yml")
  writeFileSync(file, stringify(config))
  const child = Bun.spawn([...(options.program?.command ?? [process.execPath, MAIN]), "serve", file], {
    ...(options.program === undefined ? {} : { cwd: options.program.directory }),
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  let output = ""
  const drained = Promise.all([child.stdout, child.stderr].map((pipe) => drain(pipe, (text) => (output += text))))
  let isEnding = false
  const end = (signal: "SIGTERM" | "SIGKILL") => {
    isEnding = true
    child.kill(signal)
  }
  const exited = child.exited.then(async (code) => {
    await drained
    // Whatever the test then says of refused connections, this is why.
    if (!isEnding && options.endsByItself !== true)
      console.error(`berth ended by itself with ${code} ${child.signalCode}:\n${output}`)
    return code
  })
  const isTls = typeof config.http === "object" && config.http !== null && "tls" in config.http
  const host = `127.0.0.1:${port}`
  const berth: Berth = {
    url: `${isTls ? "https" : "http"}://${host}`,
    host,
    port,
    root,
    configPath: file,
    pid: child.pid,
    exited,
    output: () => output,
    stop: async () => {
      end("SIGTERM")
      const code = await exited
      scratch[Symbol.dispose]()
      return code
    },
    kill: async () => {
      end("SIGKILL")
      await exited
      if (options.root !== undefined) scratch[Symbol.dispose]()
    },
    [Symbol.asyncDispose]: async () => {
      await berth.stop()
    },
  }
  try {
    await waitUntilListening(berth, options.longestStartMs ?? LONGEST_START_MS)
    return berth
  } catch (error) {
    await berth.kill()
    scratch[Symbol.dispose]()
    throw error
  }
}

async function drain(pipe: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  for await (const piece of pipe) onText(decoder.decode(piece, { stream: true }))
}

async function waitUntilListening(berth: Berth, longestMs: number): Promise<void> {
  let hasExited = false
  void berth.exited.then(() => (hasExited = true))
  for (const giveUpAt = Date.now() + longestMs; Date.now() < giveUpAt; await Bun.sleep(15)) {
    if (hasExited) throw new Error(`berth ended before it listened:\n${berth.output()}`)
    // Any answer will do, a 401 as well; a certificate of the test's own making is not to be verified here.
    const answer = await fetch(`${berth.url}/v2/`, { tls: { rejectUnauthorized: false } }).catch(() => undefined)
    if (answer !== undefined) return
  }
  throw new Error(`berth did not listen:\n${berth.output()}`)
}
