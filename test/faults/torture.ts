// `npm run torture`: the kill test for as long as one likes. See --help.
import { parseArgs } from "node:util"
import { createScratch } from "../support/scratch.ts"
import { runRound } from "./round.ts"
import { saveTotals } from "./saved-totals.ts"
import { addTotals, describeTotals, noTotals, type Totals } from "./totals.ts"
import { createStart } from "./victim.ts"

const HELP = `Kills the server at random moments while eight clients push, move and delete, and checks after each start
that nothing acknowledged is lost and nothing is half made.

  npm run torture -- [--minutes N] [--seed S] [--kills N] [--save]

  --minutes N   how long to go on; the round under way is finished (10)
  --seed S      the seed of the first round; each further round has the next one (drawn)
  --kills N     kills in a round; each round begins with an empty directory (50)
  --save        append the totals to test/faults/totals.jsonl

Exits with 0 when nothing was lost. Otherwise the first loss is printed with the round's seed, the directory with its data
and its ledger is kept, and the exit code is 1.
`

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    kills: { type: "string", default: "50" },
    save: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
})
async function torture(): Promise<number> {
  const [minutes, firstSeed, kills] = [values.minutes, values.seed, values.kills].map(Number)
  if (!minutes || firstSeed === undefined || !Number.isSafeInteger(firstSeed) || !kills) {
    process.stderr.write(`torture: --minutes, --seed and --kills are numbers\n\n${HELP}`)
    return 2
  }
  const deadline = Date.now() + minutes * 60_000
  let totals = noTotals()
  let seed = firstSeed
  let losses = 0
  for (; losses === 0 && (seed === firstSeed || Date.now() < deadline); seed++) {
    const round = await playRound(seed, kills, totals)
    totals = addTotals(totals, round.totals)
    losses += round.losses
  }
  const range = { firstSeed, lastSeed: seed - 1, kills }
  process.stdout.write(`torture: seeds ${firstSeed} to ${seed - 1}: ${describeTotals(totals)}, ${losses} losses\n`)
  if (values.save) saveTotals(range, totals, losses)
  return losses === 0 ? 0 : 1
}

async function playRound(seed: number, kills: number, before: Totals): Promise<{ totals: Totals; losses: number }> {
  const scratch = createScratch("berth-torture")
  let totals = noTotals()
  const onKill = (now: Totals) => {
    totals = now
    showProgress(`torture: seed ${seed}: ${describeTotals(addTotals(before, now))}`)
  }
  try {
    const start = await createStart(scratch.path)
    totals = await runRound({ seed, kills, directory: scratch.path, start, onKill })
    scratch[Symbol.dispose]()
    return { totals, losses: 0 }
  } catch (error) {
    process.stderr.write(`\ntorture: LOSS: ${String(error)}\ntorture: data and ledger are kept in ${scratch.path}\n`)
    return { totals, losses: 1 }
  }
}

// One line that is written over; in a log, one from time to time.
let shownAt = 0
function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${line}\x1b[K`)
  else if (Date.now() - shownAt > 15_000) process.stderr.write(`${line}\n`)
  else return
  shownAt = Date.now()
}

if (values.help) process.stdout.write(HELP)
else process.exitCode = await torture()
