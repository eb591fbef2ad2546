import type { Command } from "commander"
import type { AdoptionProblemView, AdoptionReportView, AdoptionView } from "../contract/adoption.ts"
import { PROBLEM_ADVICE, type ProblemKind } from "../domain/adoption.ts"
import type { CommandContext } from "./command.ts"
import { FAILED } from "./exit-codes.ts"
import { runJob } from "./jobs.ts"
import { addOperatorOptions, ask, askPages, withOperator, type OperatorCall, type OperatorOptions } from "./operator.ts"

interface AdoptOptions extends OperatorOptions {
  dryRun?: boolean
  report?: boolean
}

/** Of each kind; --json has all that are kept. */
const SHOWN = 5

export function registerAdopt(program: Command, context: CommandContext): void {
  addOperatorOptions(program.command("adopt"))
    .description("take over what docker-registry wrote in the data directory, and report what is wrong with it")
    .option("--dry-run", "tell what would be taken over, and leave the directory as it is")
    .option("--report", "print what the last run found, and begin none")
    .action((options: AdoptOptions) =>
      withOperator(context, options, (call) => (options.report === true ? showReport(call) : adopt(call)), {
        isDryRun: options.dryRun === true,
      }),
    )
}

async function adopt(call: OperatorCall<AdoptOptions>): Promise<number | void> {
  const outcome = await runJob<AdoptionReportView | undefined>(call, "/adoption", { method: "POST" })
  if ("exitCode" in outcome) return outcome.exitCode
  if (outcome.result !== undefined) return print(call, outcome.result)
  call.deps.err("berth: docker-registry has written nothing in the data directory\n")
}

async function showReport(call: OperatorCall<AdoptOptions>): Promise<number | void> {
  const { report, state } = await ask<AdoptionView>(call.operator, "/adoption")
  if (report !== undefined) return print(call, report)
  const reason = state === "idle" ? "nothing was taken over" : "the run has not ended: berth adopt waits for it"
  call.deps.err(`berth: there is no report: ${reason}\n`)
  return FAILED
}

async function print(
  { deps, operator, options }: OperatorCall<AdoptOptions>,
  report: AdoptionReportView,
): Promise<void> {
  const problems = await Array.fromAsync(askPages<AdoptionProblemView>(operator, "/adoption/problems"))
  if (options.json === true) deps.out(`${JSON.stringify({ ...report, list: problems })}\n`)
  else deps.out(printReport(report, problems))
}

function printReport({ counts, problems, seconds }: AdoptionReportView, list: AdoptionProblemView[]): string {
  const lines = [
    `${counts.repositories} repositories, ${counts.tags} tags, ${counts.manifests} manifests, ${counts.blobs} links to blobs`,
    `${counts.changes} links were new, in ${seconds.toFixed(1)} s`,
  ]
  if (counts.uploads > 0) lines.push(`${counts.uploads} unfinished uploads are left alone: clients begin them anew`)
  const kinds = Object.entries(problems)
  lines.push(kinds.length === 0 ? "nothing is wrong" : "")
  for (const [kind, count] of kinds) {
    lines.push(`${kind}: ${count}`, `  ${PROBLEM_ADVICE[kind as ProblemKind]}`)
    const shown = list.filter((problem) => problem.kind === kind).slice(0, SHOWN)
    lines.push(...shown.map(({ path, detail }) => `  ${path}${detail === undefined ? "" : ` (${detail})`}`))
    if (count > shown.length) lines.push(`  and ${count - shown.length} more: --json lists them`)
  }
  return `${lines.join("\n")}\n`
}
