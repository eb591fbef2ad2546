import type { Command } from "commander"
import type { JobView } from "../contract/jobs.ts"
import type { CommandContext } from "./command.ts"
import { DONE, FAILED, INTERRUPTED } from "./exit-codes.ts"
import {
  LISTING,
  addOperatorOptions,
  ask,
  askLines,
  withOperator,
  type OperatorCall,
  type OperatorOptions,
} from "./operator.ts"
import { createProgressPrinter } from "./progress.ts"
import { printTable, printTime, type Column } from "./table.ts"

const COLUMNS: readonly Column<JobView>[] = [
  { title: "JOB", show: ({ id }) => id },
  { title: "KIND", show: ({ kind }) => kind },
  { title: "OF", show: ({ subject }) => subject },
  { title: "STATE", show: ({ state }) => state },
  { title: "PROGRESS", show: ({ progress }) => printProgress(progress) },
  { title: "BEGUN (UTC)", show: ({ startedAt }) => printTime(startedAt) },
]

export function registerJob(program: Command, context: CommandContext): void {
  const job = program.command("job").description("watch and cancel long work")
  addOperatorOptions(job.command("list"))
    .description("list the jobs under way and the last that ended, the newest first")
    .action((options: OperatorOptions) => withOperator(context, options, listJobs, LISTING))
  addOperatorOptions(job.command("show").argument("<id>"))
    .description("show one job")
    .action((id: string, options: OperatorOptions) =>
      withOperator(context, options, async (call) => printJob(call, await ask<JobView>(call.operator, jobPath(id)))),
    )
  addOperatorOptions(job.command("cancel").argument("<id>"))
    .description("ask a job to stop at its next step")
    .action((id: string, options: OperatorOptions) =>
      withOperator(context, options, async (call) => {
        printJob(call, await ask<JobView>(call.operator, `${jobPath(id)}/cancel`, { method: "POST" }))
      }),
    )
  addOperatorOptions(job.command("watch").argument("<id>"))
    .description("watch a job until it ends; leaving does not cancel it")
    .action((id: string, options: OperatorOptions) =>
      withOperator(context, options, async (call) => {
        const leaving = new AbortController()
        const forget = call.deps.onInterrupt(() => leaving.abort())
        const last = await watchJob(call, id, leaving.signal).finally(forget)
        if (last === undefined || last.state === "running") return INTERRUPTED
        printJob(call, last)
        return codeOf(last)
      }),
    )
}

async function listJobs({ deps, operator, options }: OperatorCall<OperatorOptions>): Promise<void> {
  const answer = await ask<{ items: JobView[] }>(operator, "/jobs")
  deps.out(options.json === true ? `${JSON.stringify(answer)}\n` : printTable(COLUMNS, answer.items))
}

type JobOutcome<Result> = { result: Result } | { exitCode: number }

/**
 * Begins a job with a request, shows its progress until it ends, and cancels it on Ctrl-C. Gives its result when it is
 * done; else prints why it is not, and gives the exit code.
 */
export async function runJob<Result>(
  call: OperatorCall<OperatorOptions>,
  path: string,
  init: RequestInit,
): Promise<JobOutcome<Result>> {
  const { deps, operator } = call
  const begun = ask<JobView>(operator, path, init)
  const forget = deps.onInterrupt(() => {
    deps.err("berth: cancelling …\n")
    // The server may have gone; then the watching ends as well, and says so.
    begun.then(({ id }) => ask(operator, `${jobPath(id)}/cancel`, { method: "POST" })).catch(() => undefined)
  })
  const last = await begun.then(({ id }) => watchJob(call, id)).finally(forget)
  if (last?.state === "done") return { result: last.result as Result }
  deps.err(`berth: ${last === undefined ? "the server has gone" : (last.error ?? "cancelled")}\n`)
  return { exitCode: last === undefined ? FAILED : codeOf(last) }
}

/** Gives the last state that was seen. */
async function watchJob(
  { deps, operator, options }: OperatorCall<OperatorOptions>,
  id: string,
  signal?: AbortSignal,
): Promise<JobView | undefined> {
  const printer = await createProgressPrinter(deps, options.json === true)
  let last: JobView | undefined
  try {
    for await (const job of askLines<JobView>(operator, `${jobPath(id)}/events`, signal && { signal })) {
      last = job
      printer.show(job)
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error
  } finally {
    printer.end()
  }
  return last
}

function codeOf({ state }: JobView): number {
  if (state === "done") return DONE
  return state === "cancelled" ? INTERRUPTED : FAILED
}

function jobPath(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`
}

function printJob({ deps, options }: OperatorCall<OperatorOptions>, job: JobView): void {
  deps.out(options.json === true ? `${JSON.stringify(job)}\n` : printTable(COLUMNS, [job]))
  if (options.json !== true && job.error !== undefined) deps.err(`berth: ${job.error}\n`)
}

function printProgress({ done, total, unit }: JobView["progress"]): string {
  return `${done}${total === undefined ? "" : `/${total}`} ${unit}`
}
