// `npm run torture`: every way to lose something, for as long as one likes. See --help.
import { join } from "node:path"
import { parseArgs } from "node:util"
import { describeCounts, readSums, saveTotals } from "./saved-totals.ts"
import { stateTotals } from "./stated-totals.ts"
import type { Technique, Totals } from "./technique.ts"
import { techniques } from "./techniques.ts"

const PROMISES = join(import.meta.dir, "..", "..", "PROMISES.md")

const HELP = `Breaks the server, its disk and its database in every way that a technique knows, and checks that nothing
acknowledged is lost and nothing is half made.

  npm run torture -- [--only NAME[,NAME]] [--minutes N] [--seed S] [--save]
  npm run torture -- --totals

  --only NAMES  these techniques alone
  --minutes N   how long to go on, shared by the techniques; what is under way then is finished (10)
  --seed S      the first seed; each further run has the next one (drawn)
  --save        append the totals to test/faults/totals.jsonl, and state the sums in PROMISES.md
  --totals      print the sums of all that was saved, and run nothing

Techniques:
${techniques.map(({ name, describe }) => `  ${name.padEnd(12)}  ${describe}`).join("\n")}

Exits with 0 when nothing was lost. Otherwise the first loss of each technique is printed with its seed, and the exit code
is 1. Ctrl-C ends the run under way and gives the totals so far.
`

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    save: { type: "boolean", default: false },
    totals: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
})

async function torture(): Promise<number> {
  const names = values.only?.split(",") ?? techniques.map(({ name }) => name)
  const chosen = techniques.filter(({ name }) => names.includes(name))
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
  if (chosen.length !== names.length) return refuse(`--only names one of ${techniques.map(({ name }) => name).join()}`)
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) return refuse("--minutes and --seed are numbers")
  const stopping = new AbortController()
  process.once("SIGINT", () => stopping.abort())
  let losses = 0
  for (const technique of chosen) {
    if (stopping.signal.aborted) break
    losses += (await play(technique, { minutes: minutes / chosen.length, seed, signal: stopping.signal })).losses
  }
  return losses === 0 ? 0 : 1
}

async function play(
  technique: Technique,
  run: { minutes: number; seed: number; signal: AbortSignal },
): Promise<Totals> {
  const { name } = technique
  const totals = await technique.run({
    ...run,
    onProgress: (line) => showProgress(`torture: ${name}: ${line}`),
    onLoss: (text) => void process.stderr.write(`\ntorture: ${name}: LOSS: ${text}\n`),
  })
  const { lastSeed, ...counts } = totals
  process.stdout.write(`torture: ${name}: seeds ${run.seed} to ${lastSeed}: ${describeCounts(counts)}\n`)
  if (values.save) {
    saveTotals({ technique: name, firstSeed: run.seed, totals })
    await Bun.write(PROMISES, stateTotals(await Bun.file(PROMISES).text(), readSums()))
  }
  return totals
}

function refuse(reason: string): number {
  process.stderr.write(`torture: ${reason}\n\n${HELP}`)
  return 2
}

// One line that is written over; in a log, one from time to time.
let shownAt = 0
function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\x1b[K`)
  else if (Date.now() - shownAt > 15_000) process.stderr.write(`${line}\n`)
  else return
  shownAt = Date.now()
}

function printSums(): void {
  for (const [name, sums] of Object.entries(readSums())) process.stdout.write(`${name}: ${describeCounts(sums)}\n`)
}

if (values.help) process.stdout.write(HELP)
else if (values.totals) printSums()
else process.exitCode = await torture()
