import type { Command } from "commander"
import type { FindingView, FsckReportView } from "../contract/fsck.ts"
import { FINDINGS, type FindingKind } from "../domain/fsck.ts"
import type { CommandContext } from "./command.ts"
import { FAILED, MISUSED } from "./exit-codes.ts"
import { runJob } from "./jobs.ts"
import { addOperatorOptions, withOperator, type OperatorCall, type OperatorOptions } from "./operator.ts"
import { printCount } from "./table.ts"

interface FsckOptions extends OperatorOptions {
  deep?: boolean
  repair?: boolean
  dryRun?: boolean
}

/** Of each kind; --json has a hundred. */
const SHOWN = 5

export function registerFsck(program: Command, context: CommandContext): void {
  addOperatorOptions(program.command("fsck"))
    .description("compare the database and the storage in both directions; ends with 1 where something is wrong")
    .option("--deep", "read every blob back as well")
    .option("--repair", "mend what can be mended without losing anything")
    .option("--dry-run", "with --repair, tell what that would mend, and change nothing")
    .action((options: FsckOptions) => {
      if (options.dryRun !== true || options.repair === true)
        return withOperator(context, options, check, { needsDatabase: true })
      context.deps.err("berth: --dry-run is of --repair: without that nothing is changed anyway\n")
      return context.finish(MISUSED)
    })
}

async function check(call: OperatorCall<FsckOptions>): Promise<number | void> {
  const { deps, options } = call
  const isRepair = options.repair === true && options.dryRun !== true
  const init = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ isDeep: options.deep === true }),
  }
  const outcome = await runJob<FsckReportView>(call, isRepair ? "/fsck/repair" : "/fsck", init)
  if ("exitCode" in outcome) return outcome.exitCode
  const report = outcome.result
  deps.out(options.json === true ? `${JSON.stringify(report)}\n` : printReport(report, options))
  if (report.faults > 0) return FAILED
}

function printReport(report: FsckReportView, options: FsckOptions): string {
  const { objects, young, counts, findings, faults, seconds } = report
  const lines = [`${printCount(objects, "object")} in ${seconds.toFixed(1)} s`, ...printKinds({ counts, findings })]
  if (lines.length > 1) lines.push("")
  if (options.repair === true) lines.push(describeRepairs(report, options))
  if (young > 0)
    lines.push(
      `${printCount(young, "file")} without a record ${young === 1 ? "is" : "are"} younger than ten minutes: a push may be about to record ${young === 1 ? "it" : "them"}`,
    )
  lines.push(faults === 0 ? "nothing is wrong" : printCount(faults, "fault"))
  return `${lines.join("\n")}\n`
}

function describeRepairs({ repairs }: FsckReportView, { dryRun }: FsckOptions): string {
  const { possible, done, aside, failed } = repairs
  if (dryRun === true)
    return possible === 0
      ? "there is nothing that --repair could do"
      : `--repair would mend ${possible} of these or move them aside; nothing is changed`
  const told = [
    ...(done > 0 ? [`${done} of these mended`] : []),
    ...(aside > 0 ? [`${aside} of these moved aside`] : []),
    ...(failed > 0 ? [`${failed} of these could not be mended`] : []),
  ]
  return told.length === 0 ? "there was nothing that --repair could do" : told.join(", ")
}

/** Lines of each kind, faults first, after an empty one. */
export function printKinds({ counts, findings }: Pick<FsckReportView, "counts" | "findings">): string[] {
  const lines: string[] = []
  const kinds = (Object.keys(counts) as FindingKind[]).toSorted(
    (a, b) => Number(FINDINGS[b].isFault) - Number(FINDINGS[a].isFault),
  )
  for (const kind of kinds) {
    const count = counts[kind] ?? 0
    const { isFault, advice } = FINDINGS[kind]
    lines.push("", `${kind}: ${count}${isFault ? "" : " (no fault)"}`, `  ${advice}`)
    const shown = findings.filter((finding) => finding.kind === kind).slice(0, SHOWN)
    lines.push(...shown.map(printFinding))
    if (count > shown.length) lines.push(`  and ${count - shown.length} more: --json lists a hundred`)
  }
  return lines
}

function printFinding({ subject, detail, repair }: FindingView): string {
  return `  ${subject}${detail === undefined ? "" : ` (${detail})`}${repair === undefined ? "" : REPAIRS[repair]}`
}

const REPAIRS = {
  possible: ": --repair sees to it",
  done: ": repaired",
  aside: ": moved aside now",
  failed: ": could not be repaired",
}
