import type { Command } from "commander"
import type { ExportReportView } from "../contract/exports.ts"
import type { CommandContext } from "./command.ts"
import { runJob } from "./jobs.ts"
import { addOperatorOptions, withOperator, type OperatorOptions } from "./operator.ts"

export function registerExport(program: Command, context: CommandContext): void {
  addOperatorOptions(program.command("export"))
    .description("write distribution's links, so that registry:2 can serve the data directory")
    .action((options: OperatorOptions) =>
      withOperator(context, options, async (call) => {
        const outcome = await runJob<ExportReportView>(call, "/exports", { method: "POST" })
        if ("exitCode" in outcome) return outcome.exitCode
        const { deps, operator } = call
        deps.out(options.json === true ? `${JSON.stringify(outcome.result)}\n` : describe(outcome.result))
        if (operator.isServer && options.json !== true) deps.err(STILL_SERVING)
        return undefined
      }),
    )
}

const STILL_SERVING =
  "berth: the server goes on, and what is pushed or deleted from now on is not exported: stop it, and export again\n"

function describe({ repositories, tags, manifests, blobs, written, removed }: ExportReportView): string {
  return (
    `exported ${repositories} repositories: ${tags} tags, ${manifests} manifests, ${blobs} links to blobs\n` +
    `${written} links were written, ${removed} removed\n`
  )
}
