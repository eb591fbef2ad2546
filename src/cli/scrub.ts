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
import { addTruncOptions, isShort, shortenDigest, type TruncOptions } from "./short-digests.ts"
import { printBytes, printCount, printTable, printTime, type Column } from "./table.ts"

interface RunOptions extends OperatorOptions {
  full?: boolean
  digest?: string
}

const COLUMNS: readonly Column<DamageView>[] = [
  { title: "DIGEST", show: ({ digest }) => digest, showShort: ({ digest }) => shortenDigest(digest) },
  { title: "KIND", show: ({ kind }) => kind },
  { title: "WHAT", show: ({ reason }) => reason },
  { title: "STATE", show: ({ state }) => state },
  { title: "FOUND (UTC)", show: ({ foundAt }) => printTime(foundAt) },
  { title: "KEPT AS", show: ({ movedTo }) => movedTo ?? "", showShort: ({ movedTo }) => shortenName(movedTo ?? "") },
]

/** --json has all that are kept. */
const SHOWN = 100

export function registerScrub(program: Command, context: CommandContext): void {
  const scrub = program.command("scrub").description("compare what is stored with its digests")
  addTruncOptions(scrub.command("status"))
    .description("show how far the pass is, and what was found damaged")
    .action((options: TruncOptions) => withOperator(context, options, showStatus, LISTING))
  addOperatorOptions(scrub.command("run"))
    .description("go on with the pass to its end, as fast as can be; ends with 1 where something is damaged")
    .option("--full", "begin a new pass, where one is under way as well")
    .addOption(new Option("--digest <digest>", "look at this blob alone").conflicts("full"))
    .action((options: RunOptions) => withOperator(context, options, run))
}

async function showStatus(call: OperatorCall<TruncOptions>): Promise<void> {
  const { deps, operator, options } = call
  const view = await ask<ScrubView>(operator, "/scrub")
  const damage = await Array.fromAsync(askPages<DamageView>(operator, "/scrub/damage"))
  if (options.json === true) return deps.out(`${JSON.stringify({ ...view, list: damage })}\n`)
  deps.out(printStatus(view) + printDamage(damage, isShort(call)))
}

function printStatus(view: ScrubView): string {
  const { pass, bytesPerSecond, damaged } = view
  const rows: [string, string][] = [
    [
      "server",
      bytesPerSecond === undefined
        ? "compares nothing by itself: scrub.enabled is false"
        : `compares by itself, at most ${printBytes(bytesPerSecond)} a second (scrub.rate)`,
    ],
    ["pass", pass === undefined ? describeFirst(view) : describePass(view, pass)],
    ["damage", damaged === 0 ? "nothing is damaged" : describeDamaged(damaged)],
  ]
  return rows.map(([name, text]) => `${name.padEnd(10)} ${text}\n`).join("")
}

function describeFirst({ bytesPerSecond }: ScrubView): string {
  const first =
    bytesPerSecond === undefined ? "berth scrub run makes one" : "a server begins one a minute after its start"
  return `none yet: ${first}`
}

function describeDamaged(count: number): string {
  const them = count === 1 ? "it" : "them"
  return `${printCount(count, "object")} to repair: push the images that need ${them} again; berth why DIGEST names them`
}

function describePass({ state, share }: ScrubView, pass: NonNullable<ScrubView["pass"]>): string {
  const { startedAt, endedAt, objects, bytes } = pass
  const seen = `${printCount(objects, "object")}, ${printBytes(bytes)}`
  if (endedAt !== undefined) return `${printTime(startedAt)} to ${printTime(endedAt)} UTC: ${seen}`
  const rest = state === "running" ? "under way" : "waiting for its turn"
  return `${rest}, ${Math.floor(share * 100)} % done: ${seen} since ${printTime(startedAt)} UTC`
}

function printDamage(damage: DamageView[], isShort: boolean): string {
  if (damage.length === 0) return ""
  const more = damage.length > SHOWN ? `and ${damage.length - SHOWN} more: --json lists them\n` : ""
  return `\n${printTable(COLUMNS, damage.slice(0, SHOWN), isShort)}${more}`
}

/** Of a file in the quarantine, which has the digest in it. */
function shortenName(name: string): string {
  return name.replace(/-([0-9a-f]{12})[0-9a-f]+/, "-$1…")
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
    deps.out(`${printCount(objects, "object")}, ${printBytes(bytes)}: ${end}\n`)
  }
  if (damaged > 0) return FAILED
}
