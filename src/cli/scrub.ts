import { Option, type Command } from "commander"
import type { DamageView, ScrubCountsView, ScrubView } from "../contract/scrub.ts"
import type { CommandContext } from "./command.ts"
import { FAILED } from "./exit-codes.ts"
import { runJob } from "./jobs.ts"
import {
  LISTING,
  addOperatorOptions,
  ask,
  askPages,
  withOperator,
  type OperatorCall,
  type OperatorOptions,
} from "./operator.ts"
import { printTable, printTime, type Column } from "./table.ts"

interface RunOptions extends OperatorOptions {
  full?: boolean
  digest?: string
}

const COLUMNS: readonly Column<DamageView>[] = [
  { title: "DIGEST", show: ({ digest }) => digest },
  { title: "KIND", show: ({ kind }) => kind },
  { title: "WHAT", show: ({ reason }) => reason },
  { title: "STATE", show: ({ state }) => state },
  { title: "FOUND (UTC)", show: ({ foundAt }) => printTime(foundAt) },
  { title: "KEPT AS", show: ({ movedTo }) => movedTo ?? "" },
]

/** --json has all that are kept. */
const SHOWN = 100

export function registerScrub(program: Command, context: CommandContext): void {
  const scrub = program.command("scrub").description("compare what is stored with its digests")
  addOperatorOptions(scrub.command("status"))
    .description("show how far the pass is, and what was found damaged")
    .action((options: OperatorOptions) => withOperator(context, options, showStatus, LISTING))
  addOperatorOptions(scrub.command("run"))
    .description("go on with the pass to its end, as fast as can be; ends with 1 where something is damaged")
    .option("--full", "begin a new pass, where one is under way as well")
    .addOption(new Option("--digest <digest>", "look at this blob alone").conflicts("full"))
    .action((options: RunOptions) => withOperator(context, options, run))
}

async function showStatus({ deps, operator, options }: OperatorCall<OperatorOptions>): Promise<void> {
  const view = await ask<ScrubView>(operator, "/scrub")
  const damage = await Array.fromAsync(askPages<DamageView>(operator, "/scrub/damage"))
  if (options.json === true) return deps.out(`${JSON.stringify({ ...view, list: damage })}\n`)
  deps.out(printStatus(view, damage))
}

function printStatus({ state, pass, share, bytesPerSecond, damaged }: ScrubView, damage: DamageView[]): string {
  const lines: string[] = []
  if (pass === undefined) lines.push("nothing was compared yet: a server begins a minute after its start")
  else {
    const { startedAt, endedAt, objects, bytes } = pass
    const seen = `${objects} objects, ${printBytes(bytes)}`
    if (endedAt === undefined) {
      const rest = state === "running" ? "" : ", waiting for its turn"
      lines.push(`pass of ${printTime(startedAt)}: ${Math.floor(share * 100)} % done${rest}, ${seen} so far`)
    } else lines.push(`last pass: ${printTime(startedAt)} to ${printTime(endedAt)}, ${seen}`)
  }
  lines.push(
    bytesPerSecond === undefined
      ? "no passes of the server's own: scrub.enabled is false"
      : `a pass of the server's own reads at most ${printBytes(bytesPerSecond)} a second (scrub.rate)`,
  )
  lines.push(damaged === 0 ? "nothing is damaged" : `${damaged} damaged: push the images again that need them`)
  const shown = damage.slice(0, SHOWN)
  const table = shown.length === 0 ? "" : printTable(COLUMNS, shown)
  const more = damage.length > SHOWN ? `and ${damage.length - SHOWN} more: --json lists them\n` : ""
  return `${lines.join("\n")}\n${table}${more}`
}

async function run(call: OperatorCall<RunOptions>): Promise<number | void> {
  const { deps, options } = call
  const request = { isFull: options.full === true, ...(options.digest !== undefined && { digest: options.digest }) }
  const body = JSON.stringify(request)
  const headers = { "Content-Type": "application/json" }
  const outcome = await runJob<ScrubCountsView>(call, "/scrub", { method: "POST", headers, body })
  if ("exitCode" in outcome) return outcome.exitCode
  const { objects, bytes, damaged } = outcome.result
  if (options.json === true) deps.out(`${JSON.stringify(outcome.result)}\n`)
  else {
    const end = damaged === 0 ? "nothing is damaged" : `${damaged} damaged: berth scrub status lists them`
    deps.out(`${objects} objects, ${printBytes(bytes)}: ${end}\n`)
  }
  if (damaged > 0) return FAILED
}

function printBytes(bytes: number): string {
  if (bytes < 2 ** 20) return `${(bytes / 2 ** 10).toFixed(1)} KiB`
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`
}
