import { Option, type Command } from "commander"
import type { GcReportView, GcView } from "../contract/gc.ts"
import type { CommandContext } from "./command.ts"
import { confirm, type DeletionOptions } from "./deletion.ts"
import { DONE, FAILED } from "./exit-codes.ts"
import { runJob } from "./jobs.ts"
import { LISTING, addOperatorOptions, ask, withOperator, type OperatorCall, type OperatorOptions } from "./operator.ts"
import { printBytes, printCount, printSpan, printTime } from "./table.ts"

interface RunOptions extends OperatorOptions, DeletionOptions {
  now?: boolean
  dryRun?: boolean
}

export function registerGc(program: Command, context: CommandContext): void {
  const gc = program.command("gc").description("garbage collection: its state, and a run at once")
  addOperatorOptions(gc.command("status"))
    .description("tell what garbage collection does, has done, and waits for")
    .action((options: OperatorOptions) => withOperator(context, options, showStatus, LISTING))
  addOperatorOptions(gc.command("run"))
    .description("collect what is due at once, as the server does by itself each gc.interval")
    .addOption(new Option("--now", "waive the grace period for what nothing refers to at this moment"))
    .addOption(new Option("--dry-run", "collect nothing, and tell what would go"))
    .option("-y, --yes", "do not ask")
    .action((options: RunOptions) => withOperator(context, options, run, options.dryRun === true ? LISTING : {}))
}

const WAIVED = `--now waives the grace period for what nothing refers to at this moment:
  deleted tags, manifests and repositories cannot be restored afterwards,
  and a push that is under way may have to upload blobs again.
`

async function run(call: OperatorCall<RunOptions>): Promise<number> {
  const { deps, operator, options } = call
  const [now, dryRun] = [options.now === true, options.dryRun === true]
  if (now && !dryRun) {
    deps.err(WAIVED)
    const words = { question: "Collect it now?", refusal: "nothing is collected" }
    const refused = await confirm(deps, options, words)
    if (refused !== undefined) return refused
  }
  const outcome = await runGc(call, { now, dryRun })
  if ("exitCode" in outcome) return outcome.exitCode
  const { result } = outcome
  if (options.json === true) deps.out(`${JSON.stringify(result)}\n`)
  else {
    const { skipped } = result
    const isTold = skipped === undefined || hasBegun(result)
    if (isTold && dryRun) deps.out(describeRehearsal(result, await findDelay(call, result)))
    else if (isTold) deps.out(describe(result, operator.isServer))
    if (skipped !== undefined && hasBegun(result)) deps.out(`it ended early, because of ${skipped}\n`)
    else if (skipped !== undefined) deps.out(describeSkipped(skipped, await ask<GcView>(operator, "/gc")))
  }
  return result.skipped === undefined ? DONE : FAILED
}

export function runGc(
  call: OperatorCall<OperatorOptions>,
  order: { now: boolean; dryRun: boolean; untagged?: boolean; isListed?: boolean },
): ReturnType<typeof runJob<GcReportView>> {
  const headers = { "content-type": "application/json" }
  return runJob<GcReportView>(call, "/gc/runs", { method: "POST", headers, body: JSON.stringify(order) })
}

/** Whether anything came of a run before it ended. */
export function hasBegun({ untagged, manifests, links, condemned, removed, failures }: GcReportView): boolean {
  return untagged + manifests + links + condemned + removed + failures > 0
}

function describeSkipped(reason: string, { waitsFor, waitsUntil }: GcView): string {
  const until = waitsFor === reason ? describeUntil(waitsUntil) : ""
  const way = until === "" ? "" : ": berth gc run --now does not wait"
  return `nothing was collected, because of ${reason}${until}${way}\n`
}

function listFirst({ untagged, manifests, links }: GcReportView, would = ""): string[] {
  return [
    `${printCount(untagged, "untagged manifest")} ${would}set aside, for the grace period`,
    `${printCount(manifests, "deleted manifest")} and ${printCount(links, "unused link")} ${would}removed`,
  ]
}

/** What is waited for, where something is. */
async function findDelay({ operator }: OperatorCall<RunOptions>, { later }: GcReportView): Promise<string> {
  if (later === undefined || sum(later) === 0) return ""
  const { rules } = await ask<GcView>(operator, "/gc")
  return nameDelay(rules)
}

function nameDelay({ sweepDelaySeconds }: GcView["rules"]): string {
  return `gc.sweepdelay (${printSpan(sweepDelaySeconds)})`
}

function describeRehearsal(report: GcReportView, delay: string): string {
  const { removed, removedBytes, later } = report
  const gone = `${printCount(removed, "blob")} would be removed, ${printBytes(removedBytes)}`
  const lines = [...listFirst(report, "would be "), gone]
  if (later !== undefined && delay !== "") lines.push(...listLater(removed, later, delay))
  return `${lines.join("\n")}\n`
}

type Later = NonNullable<GcReportView["later"]>

function sum({ condemnedBefore, condemned, orphans }: Later): number {
  return condemnedBefore + condemned + orphans
}

function listLater(removed: number, later: Later, delay: string): string[] {
  const { condemnedBefore, condemned, orphans } = later
  const kinds: [number, string][] = [
    [removed - sum(later), "by this run"],
    [condemnedBefore, `condemned before, ${delay} after that`],
    [condemned, `that this run would condemn, ${delay} after that`],
    [orphans, `without a record, once two looks ${delay} apart have found them`],
  ]
  return kinds.filter(([count]) => count > 0).map(([count, text]) => `  ${count} ${text}`)
}

function describe(report: GcReportView, isServer: boolean): string {
  const { condemned, condemnedBytes, removed, removedBytes, failures } = report
  const lines = listFirst(report)
  lines.push(`${printCount(condemned, "blob")} condemned, ${printBytes(condemnedBytes)}`)
  lines.push(`${printCount(removed, "object")} removed from storage, ${printBytes(removedBytes)}`)
  if (condemned > 0 && isServer) lines.push("condemned blobs go by themselves when gc.sweepdelay is over")
  if (failures > 0)
    lines.push(`${printCount(failures, "object")} could not be removed: they are tried again, see the log`)
  return `${lines.join("\n")}\n`
}

async function showStatus({ deps, operator, options }: OperatorCall<OperatorOptions>): Promise<void> {
  const view = await ask<GcView>(operator, "/gc")
  deps.out(options.json === true ? `${JSON.stringify(view)}\n` : printStatus(view, operator.isServer))
}

function printStatus(view: GcView, isServer: boolean): string {
  const { backlog, rules, held, lastRun, walks } = view
  const { graceSeconds, sweepDelaySeconds, untaggedSeconds } = rules
  const rows: [string, string][] = [
    ["state", describeState(view, isServer)],
    ["grace", `${printSpan(graceSeconds)}, then ${printSpan(sweepDelaySeconds)} before a blob's bytes go`],
    [
      "untagged",
      untaggedSeconds === undefined ? "kept" : `go when nobody pulled them for ${printSpan(untaggedSeconds)}`,
    ],
    ["queue", `${printMany(backlog.queued)} to look at, ${printMany(backlog.due)} of them now`],
    ["condemned", `${printMany(backlog.condemned, "blob")}, ${describeBytes(backlog)}`],
  ]
  if (backlog.deleting > 0) rows.push(["deleting", printMany(backlog.deleting, "blob")])
  if (backlog.orphans > 0) rows.push(["orphans", describeOrphans(backlog.orphans, nameDelay(rules))])
  if (held.length > 0) rows.push(["held", `${held.join(", ")}: something could not be read, see berth adopt --report`])
  const walked = describeWalks(walks)
  if (walked !== "") rows.push(["last walk", walked])
  if (lastRun !== undefined) rows.push(["last run", describeLast(lastRun)])
  return rows.map(([name, text]) => `${name.padEnd(10)} ${text}\n`).join("")
}

function describeState({ waitsFor, waitsUntil, isRunning, progress }: GcView, isServer: boolean): string {
  if (waitsFor !== undefined) return `waits for ${waitsFor}${describeUntil(waitsUntil)}`
  if (isRunning) return `collecting${progress === undefined ? "" : describeProgress(progress)}`
  return isServer ? "on" : "no server runs: berth gc run collects"
}

function describeProgress({ done, total, secondsLeft }: NonNullable<GcView["progress"]>): string {
  return `: ${done} of ${total}${secondsLeft === undefined ? "" : `, about ${printSpan(secondsLeft)} left`}`
}

function describeUntil(time: string | undefined): string {
  return time === undefined ? "" : `, until ${printTime(time)} UTC`
}

function describeOrphans(count: number, delay: string): string {
  const again = count === 1 ? "goes when a walk sees it again" : "go when a walk sees them again"
  return `${printMany(count, "object")} without a record, seen once: ${again}, ${delay} or more later`
}

function describeWalks({ records, objects }: GcView["walks"]): string {
  const walks = [
    { of: "records", walk: records },
    { of: "storage", walk: objects },
  ]
  const texts = walks.flatMap(({ of, walk }) => {
    if (walk === undefined) return []
    const { startedAt, endedAt } = walk
    const when = endedAt === undefined ? `under way since ${printTime(startedAt)}` : printTime(endedAt)
    return [`of the ${of} ${when} UTC`]
  })
  return texts.join(", ")
}

function describeLast(run: NonNullable<GcView["lastRun"]>): string {
  const { endedAt, skipped, untagged, manifests, links, condemned, removed, removedBytes, orphans, failures } = run
  const parts = [
    `${printCount(manifests, "manifest")} and ${printCount(removed, "blob")} removed, ${printBytes(removedBytes)}`,
    `${condemned} condemned`,
  ]
  if (untagged > 0) parts.push(`${printCount(untagged, "untagged manifest")} set aside`)
  if (links > 0) parts.push(`${printCount(links, "unused link")} removed`)
  if (orphans > 0) parts.push(`${orphans} of the blobs had no record`)
  if (failures > 0) parts.push(`${printCount(failures, "object")} could not be removed`)
  if (skipped !== undefined) parts.push(`it ended early, because of ${skipped}`)
  return `${printTime(endedAt)} UTC: ${parts.join("; ")}`
}

/** What is counted no further: one more stands for whatever there is. */
const COUNTED = 10_000

function printMany(count: number, noun?: string): string {
  if (count > COUNTED) return `more than ${COUNTED}${noun === undefined ? "" : ` ${noun}s`}`
  return noun === undefined ? `${count}` : printCount(count, noun)
}

function describeBytes({ condemned, condemnedBytes }: GcView["backlog"]): string {
  return `${condemned > COUNTED ? "more than " : ""}${printBytes(condemnedBytes)}`
}
