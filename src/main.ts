// The process: argv and environment in, exit code out. Nothing else in src touches `process`.
import { readFile } from "node:fs/promises"
import { hostname } from "node:os"
import manifest from "../package.json" with { type: "json" }
import type { Registry } from "./compose/registry.ts"
import type { Config } from "./config/config.ts"
import type { LoadedConfig } from "./config/load-config.ts"

const SAME_SIGNAL_MS = 500
/** Of `npm run build`, whose modules are within it. */
const IS_EXECUTABLE = import.meta.path.startsWith("/$bunfs/")

for (const event of ["uncaughtException", "unhandledRejection"]) {
  // What nobody caught may have left anything half done: a restart finds a consistent store, going on might not.
  process.on(event, (error: unknown) => {
    process.stderr.write(`berth: ended by an unexpected error: ${describe(error)}\n`)
    process.exit(1)
  })
}

// Before anything else is loaded: these start meanwhile.
const threads =
  process.argv[2] === "serve" ? await import("./threads.ts").then((each) => each.startThreads()) : undefined
const { runCli } = await import("./cli/run-cli.ts")
let written: Promise<void> = Promise.resolve()
const exitCode = await runCli({
  argv: process.argv.slice(2),
  env: process.env,
  version: manifest.version,
  readFile: (path) => readFile(path, "utf8"),
  changeUser: (config) => changeUser(config, process.env["BERTH_RUN_AS"]),
  serve,
  openOperator: async (config, way) => {
    // What a command of root's writes would be in the way of a server that runs as another user, ours or registry:2.
    // The files of a clone may be root's alone, and threads load them later.
    if (IS_EXECUTABLE) await changeUser(config, process.env["BERTH_RUN_AS"] ?? "owner")
    return (await import("./compose/operator.ts")).openOperator(config, { ...describeProcess(), ...way })
  },
  restore: async (config, order) => {
    if (IS_EXECUTABLE) await changeUser(config, process.env["BERTH_RUN_AS"] ?? "owner")
    return (await import("./compose/restore.ts")).restore(config, order, describeProcess())
  },
  wait: (ms) => Bun.sleep(ms),
  now: () => Date.now(),
  onInterrupt: (listener) => {
    process.on("SIGINT", listener)
    return () => void process.off("SIGINT", listener)
  },
  ask: askAtTerminal,
  isTerminal: process.stdin.isTTY && process.stderr.isTTY,
  isOutputTerminal: process.stdout.isTTY,
  out: (text) => {
    written = new Promise((resolve) => process.stdout.write(text, () => resolve()))
  },
  drain: async () => {
    await written
  },
  err: (text) => void process.stderr.write(text),
})
// A pipe takes a long listing in parts.
await written
process.exit(exitCode)

// Only where it may be asked for: finding the owner is nothing that every start should load.
async function changeUser(config: Config, wanted: string | undefined): Promise<readonly string[]> {
  if (wanted === undefined) return []
  const { runAs } = await import("./compose/run-as.ts")
  return runAs(config, { wanted, workingDirectory: process.cwd(), calls: process })
}

async function serve(loaded: LoadedConfig, readAgain: () => Promise<LoadedConfig>): Promise<number> {
  // From here on a signal lets the start end first: what has been opened is closed in order.
  const ended = new Promise<void>((resolve) => {
    const stop = createStop(resolve)
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, stop)
  })
  const starting = start(loaded, readAgain)
  // Left to itself this signal would end the process. A start that fails is told of below.
  process.on("SIGHUP", () => void starting.then((registry) => registry.reload()).catch(() => undefined))
  const registry = await starting
  await ended
  await registry.stop()
  return 0
}

async function start(loaded: LoadedConfig, readAgain: () => Promise<LoadedConfig>): Promise<Registry> {
  const { startRegistry } = await import("./compose/registry.ts")
  return startRegistry(loaded, {
    readAgain,
    env: process.env,
    ...describeProcess(),
    threads: threads ?? (await import("./threads.ts")).startThreads(),
    print: (text) => void process.stdout.write(text),
  })
}

/** The first signal stops the server in order, a further one ends it where it is: what was acknowledged is on the disk. */
function createStop(begin: () => void): () => void {
  let startedAt: number | undefined
  return () => {
    begin()
    startedAt ??= performance.now()
    // Ctrl-C reaches every program of a terminal, and some of them hand it on: both are the same signal.
    if (performance.now() - startedAt < SAME_SIGNAL_MS) return
    process.stderr.write("berth: ended by a second signal, transfers were cut off\n")
    process.exit(1)
  }
}

async function askAtTerminal(question: string): Promise<string | undefined> {
  const { createInterface } = await import("node:readline/promises")
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // Ctrl-C and Ctrl-D: the first fails the question, the second leaves it without an end.
  const left = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)))
  const answer = lines.question(question).catch((error: unknown) => {
    if (error instanceof Error && error.name === "AbortError") return undefined
    throw error
  })
  return Promise.race([answer, left]).finally(() => lines.close())
}

function describeProcess() {
  return { version: manifest.version, workingDirectory: process.cwd(), holder: { pid: process.pid, host: hostname() } }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
