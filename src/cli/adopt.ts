import { Option, type Command } from "commander"
import type { AdoptionProblemView, AdoptionReportView, AdoptionView } from "../contract/adoption.ts"
import { PROBLEM_ADVICE, type ProblemKind } from "../domain/adoption.ts"
import type { CommandContext } from "./command.ts"
import { FAILED, INTERRUPTED } from "./exit-codes.ts"
import { runJob } from "./jobs.ts"
import { addOperatorOptions, ask, askPages, withOperator, type OperatorCall, type OperatorOptions } from "./operator.ts"
import { printCount, printTime } from "./table.ts"

interface AdoptOptions extends OperatorOptions {
  dryRun?: boolean
  report?: boolean
}

/** Of each kind; --json has all that are kept. */
const SHOWN = 5

/** The report of a directory without links. */
const NOTHING = {
  seconds: 0,
  counts: { repositories: 0, tags: 0, manifests: 0, blobs: 0, uploads: 0, changes: 0 },
  problems: {},
  list: [],
} satisfies Partial<AdoptionReportView> & { list: AdoptionProblemView[] }

const POLL_MS = 100
/** Between its start and its run a server waits for a moment; after a run that failed, for a minute. */
const MAX_WAITS = 30

export function registerAdopt(program: Command, context: CommandContext): void {
  addOperatorOptions(program.command("adopt"))
    .description("take over what docker-registry wrote in the data directory, and report what is wrong with it")
    .addOption(
      new Option("--dry-run", "tell what would be taken over, and leave the directory as it is").conflicts("report"),
    )
    .option(
      "--report",
      "print what the last run through everything found, and what the latest did, once it has ended, and begin none",
    )
    .action((options: AdoptOptions) =>
      withOperator(context, options, (call) => (options.report === true ? showReport(call) : adopt(call)), {
        isDryRun: options.dryRun === true,
      }),
    )
}

async function adopt(call: OperatorCall<AdoptOptions>): Promise<number | void> {
  const { deps, options } = call
  const outcome = await runJob<AdoptionReportView | undefined>(call, "/adoption", { method: "POST" })
  if ("exitCode" in outcome) return outcome.exitCode
  if (outcome.result !== undefined) return print(call, outcome.result)
  deps.err("berth: docker-registry has written nothing in the data directory\n")
  if (options.json === true) return deps.out(`${JSON.stringify(NOTHING)}\n`)
}

async function showReport(call: OperatorCall<AdoptOptions>): Promise<number | void> {
  const { deps, operator } = call
  const view = operator.isServer ? await waitForEnd(call) : await ask<AdoptionView>(operator, "/adoption")
  if (view === undefined) return INTERRUPTED
  const { report, latest, state } = view
  if (operator.isServer && state !== "idle") {
    deps.err("berth: the run has failed and will be tried again: the server's log says why\n")
    return FAILED
  }
  if (report !== undefined) return print(call, report, { latest })
  const reason = state === "idle" ? "nothing was taken over" : "no run has ended: start the server, or run berth adopt"
  deps.err(`berth: there is no report: ${reason}\n`)
  return FAILED
}

/** A server begins a run at its start. `undefined`: somebody did not want to wait. */
async function waitForEnd({ deps, operator }: OperatorCall<AdoptOptions>): Promise<AdoptionView | undefined> {
  let isLeaving = false
  const forget = deps.onInterrupt(() => (isLeaving = true))
  try {
    let view = await ask<AdoptionView>(operator, "/adoption")
    if (view.state !== "idle") deps.err("berth: the directory is being taken over: waiting for the end\n")
    for (let waits = 0; view.state !== "idle" && waits < MAX_WAITS;) {
      await deps.wait(POLL_MS)
      if (isLeaving) return undefined
      view = await ask<AdoptionView>(operator, "/adoption")
      waits = view.state === "waiting" ? waits + 1 : 0
    }
    return view
  } finally {
    forget()
  }
}

async function print(
  { deps, operator, options }: OperatorCall<AdoptOptions>,
  report: AdoptionReportView,
  kept?: { latest?: AdoptionReportView | undefined },
): Promise<void> {
  const problems = await Array.fromAsync(askPages<AdoptionProblemView>(operator, "/adoption/problems"))
  if (options.json === true) deps.out(`${JSON.stringify({ ...report, ...kept, list: problems })}\n`)
  else deps.out(`${kept === undefined ? "" : printWhen(report, kept.latest)}${printReport(report, problems)}`)
}

/** What is kept is of a run that may be long ago. */
function printWhen({ finishedAt }: AdoptionReportView, latest: AdoptionReportView | undefined): string {
  const lines = [`as of ${printTime(finishedAt)} UTC, when everything was looked at; berth adopt does it anew`]
  if (latest !== undefined) {
    const found = Object.entries(latest.problems).map(([kind, count]) => `, ${kind}: ${count}`)
    const changes = printCount(latest.counts.changes, "link")
    lines.push(
      `since then, at the start on ${printTime(latest.finishedAt)} UTC: ${changes} taken over${found.join("")}`,
    )
  }
  return `${lines.join("\n")}\n\n`
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
