import { createScratch } from "../test/support/scratch.ts"
import type { Bench, Work } from "./bench.ts"
import { OURS } from "./comparison.ts"
import { describeMachine, formatMachine } from "./machine.ts"
import { type Options, formatHelp, isChosen, parseOptions } from "./options.ts"
import { type Report, writeReport } from "./report.ts"
import { createResults } from "./results.ts"
import { findServers } from "./servers/all.ts"
import { createCertificate } from "./servers/certificate.ts"
import { killServers } from "./servers/running-server.ts"
import { FULL, QUICK } from "./sizes.ts"
import { formatRemarks, formatTable } from "./table.ts"
import { createWorks } from "./works/all.ts"

const startedAt = new Date()

function printProgress(text: string): void {
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000)
  console.error(`${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, "0")}  ${text}`)
}

async function runWorks(bench: Bench, works: readonly Work[]): Promise<void> {
  for (const work of works) {
    printProgress(`${work.name} begins`)
    await work.run(bench)
  }
}

async function run(options: Options): Promise<void> {
  const { gcBlobs } = options
  const own = gcBlobs === undefined ? {} : { gcBlobs, gcPeerBlobs: Math.floor(gcBlobs / 10) }
  const sizes = { ...(options.isQuick ? QUICK : FULL), ...own }
  const works = createWorks(sizes).filter(({ name }) => isChosen(options.only, name))
  const servers = findServers(options.peers)
  const names = servers.found.map(({ name }) => name)
  const metrics = works.flatMap((work) => work.metrics)
  const results = createResults(metrics, names)
  using scratch = createScratch("bench")
  const onSignal = () => {
    killServers()
    scratch[Symbol.dispose]()
    process.exit(130)
  }
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal)

  const machine = describeMachine(scratch.path)
  const versions = Object.fromEntries(servers.found.map(({ name, version }) => [name, version]))
  const about = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const intro = [formatMachine(machine), about.join("; "), ...servers.absent.map((name) => `${name} is not installed`)]
  console.error(intro.join("\n"))

  const certificate = createCertificate(scratch.path)
  const setup = { servers: servers.found, rounds: options.rounds, sizes, scratch: scratch.path, certificate, results }
  try {
    await runWorks({ ...setup, progress: printProgress }, works)
  } finally {
    killServers()
  }

  const tookSeconds = Math.round((Date.now() - startedAt.getTime()) / 1000)
  const suffix = [options.isQuick ? "quick" : "", options.only.length > 0 ? "partial" : ""].filter(Boolean).join("-")
  const report: Report = { startedAt, tookSeconds, machine, versions, rounds: options.rounds, works, results, suffix }
  const rows = works.flatMap((work) => work.metrics.map((metric) => ({ work: work.name, metric })))
  console.log(intro.join("\n"))
  console.log(`rounds: ${options.rounds}; took ${tookSeconds} s; median (min–max) → berth ÷ it; ↓: less is better\n`)
  console.log(formatTable(rows, results))
  console.log(formatRemarks(results))
  if (results.failures.some(({ server }) => server === OURS)) process.exitCode = 1
  if (options.out !== undefined) printProgress(`wrote ${writeReport(options.out, report).join(" and ")}`)
}

// Everything here is on the loopback: a proxy of the environment has no part in it.
for (const name of Object.keys(process.env)) if (/^(https?|all)_proxy$/i.test(name)) delete process.env[name]

const workNames = createWorks(FULL).map(({ name }) => name)
let options: Options | undefined
try {
  options = parseOptions(process.argv.slice(2), workNames)
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
}
if (options?.isHelp === true) console.log(formatHelp(workNames))
else if (options !== undefined) await run(options)
