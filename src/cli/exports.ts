import type { Command } from "commander"
import type { ExportReportView } from "../contract/exports.ts"
import type { CommandContext } from "./command.ts"
import { MISUSED } from "./exit-codes.ts"
import { runJob } from "./jobs.ts"
import { exportLayouts, type LayoutExportOptions } from "./layout-export.ts"
import { addOperatorOptions, withOperator, type OperatorCall } from "./operator.ts"

type ExportOptions = LayoutExportOptions & { ociLayout?: boolean }

const NAMES =
  "with --oci-layout: images, as repository, repository:tag or repository@digest, and at the end where they go: a directory, a file that ends with .tar, or - for standard output"

export function registerExport(program: Command, context: CommandContext): void {
  addOperatorOptions(program.command("export").argument("[names...]", NAMES))
    .description(
      "write distribution's links, so that registry:2 can serve the data directory; or with --oci-layout write images into an OCI image layout",
    )
    .option(
      "--oci-layout",
      "write images, with all that refers to them, where other programs and berth import read them",
    )
    .option("--all", "with --oci-layout: all that has a tag")
    .option("--no-referrers", "with --oci-layout: leave out signatures and whatever else refers to an image")
    .option("--host <name>", "with --oci-layout: what docker load, podman load and ctr put before the names of images")
    .option("--force", "with --oci-layout: replace an archive that is there")
    .action((names: string[], options: ExportOptions) => {
      const mistake = findMistake(names, options)
      if (mistake !== undefined) {
        context.deps.err(`berth: ${mistake}\n`)
        return context.finish(MISUSED)
      }
      return withOperator(context, options, (call) =>
        options.ociLayout === true ? exportLayouts(call, names) : exportLinks(call),
      )
    })
}

function findMistake(names: readonly string[], { ociLayout, all, host, force }: ExportOptions): string | undefined {
  if (ociLayout !== true) {
    if (names.length === 0 && all !== true && host === undefined && force !== true) return undefined
    return "images are exported with --oci-layout; without it berth export takes no names"
  }
  if (all === true && names.length !== 1) return "with --all name the place alone: a directory, a .tar file, or -"
  if (all !== true && names.length < 2) return "name images, and at the end the place: a directory, a .tar file, or -"
  return undefined
}

async function exportLinks(call: OperatorCall<ExportOptions>): Promise<number | void> {
  const outcome = await runJob<ExportReportView>(call, "/exports", { method: "POST" })
  if ("exitCode" in outcome) return outcome.exitCode
  const { deps, operator, options } = call
  deps.out(options.json === true ? `${JSON.stringify(outcome.result)}\n` : describe(outcome.result))
  if (operator.isServer && options.json !== true) deps.err(STILL_SERVING)
  return undefined
}

const STILL_SERVING =
  "berth: the server goes on, and what is pushed or deleted from now on is not exported: stop it, and export again\n"

function describe({ repositories, tags, manifests, blobs, written, removed }: ExportReportView): string {
  return (
    `exported ${repositories} repositories: ${tags} tags, ${manifests} manifests, ${blobs} links to blobs\n` +
    `${written} links were written, ${removed} removed\n`
  )
}
