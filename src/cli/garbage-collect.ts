import { Option, type Command } from "commander"
import type { GcReportView, MarkView } from "../contract/gc.ts"
import { expandBooleanFlags } from "./boolean-flags.ts"
import type { CommandContext } from "./command.ts"
import { listConfigurationPaths } from "./configuration.ts"
import { FAILED, MISUSED } from "./exit-codes.ts"
import { hasBegun, runGc } from "./gc.ts"
import { LISTING, askWholePages, withOperator, type OperatorCall, type OperatorOptions } from "./operator.ts"
import type { ListPage } from "../contract/pages.ts"

interface Options extends OperatorOptions {
  dryRun?: boolean
  deleteUntagged?: boolean
  quiet?: boolean
}

/** The command of registry:2, with its options and its output: those who have it in a script need not change that. */
export function registerGarbageCollect(program: Command, context: CommandContext): void {
  program
    .command("garbage-collect")
    .argument("[config]", "the configuration file (default: what REGISTRY_CONFIGURATION_PATH names)")
    .description("collect garbage as registry:2 does, at once; the server may go on")
    .addOption(new Option("-d, --dry-run", "do everything except remove the blobs"))
    .addOption(new Option("-m, --delete-untagged", "delete manifests that no tag and no index names"))
    .addOption(new Option("-q, --quiet", "print nothing of what is kept and removed"))
    .option("--json", "print the result as JSON, and nothing else")
    .action((config: string | undefined, options: Options) => {
      // A script that lost its variable must not collect another directory, and at once.
      const named = config ?? options.config
      if (listConfigurationPaths(context.deps.env, named).length === 0) return refuse(context)
      return withOperator(
        context,
        named === undefined ? options : { ...options, config: named },
        collect,
        options.dryRun === true ? LISTING : {},
      )
    })
}

/** The command line, where it is that of `garbage-collect`: registry:2 takes `--dry-run=true` as well. */
export function expandGarbageCollect(argv: readonly string[]): readonly string[] {
  if (argv[0] !== "garbage-collect") return argv
  return expandBooleanFlags(argv, { d: "dry-run", m: "delete-untagged", q: "quiet" })
}

function refuse(context: CommandContext): void {
  context.deps.err(
    "berth: no configuration is named: write its file after garbage-collect, or set REGISTRY_CONFIGURATION_PATH\n",
  )
  context.finish(MISUSED)
}

async function collect(call: OperatorCall<Options>): Promise<number | void> {
  const { deps, options } = call
  const { dryRun: isDry = false, deleteUntagged: untagged = false, json = false, quiet = json } = options
  // Progress is for people; this output is read by scripts.
  const silent = { ...call, options: { ...options, json: true } }
  const outcome = await runGc(silent, { now: true, dryRun: isDry, untagged, isListed: !quiet })
  if ("exitCode" in outcome) return outcome.exitCode
  const { result } = outcome
  const { skipped } = result
  const isPrinted = skipped === undefined || hasBegun(result)
  if (isPrinted && json) deps.out(`${JSON.stringify(result)}\n`)
  else if (isPrinted && !quiet) await print(call, result)
  if (skipped === undefined) return
  deps.err(`berth: ${isPrinted ? "it ended early" : "nothing was collected"}, because of ${skipped}\n`)
  return FAILED
}

/** As distribution's collector does, which prints while it works. The list may be long: nobody holds all of it. */
async function print({ deps, operator }: OperatorCall<Options>, { found }: GcReportView): Promise<void> {
  const { marked, blobs, manifests } = found ?? { marked: 0, blobs: 0, manifests: 0 }
  const page = { limit: "1000" }
  for await (const { items } of askWholePages<ListPage<MarkView>>(operator, "/gc/marks", page)) {
    deps.out(items.map(describe).join(""))
    await deps.drain?.()
  }
  deps.out(`\n${marked} blobs marked, ${blobs} blobs and ${manifests} manifests eligible for deletion\n`)
  for await (const { items } of askWholePages<ListPage<{ digest: string }>>(operator, "/gc/garbage", page)) {
    deps.out(items.map(({ digest }) => `blob eligible for deletion: ${digest}\n`).join(""))
    await deps.drain?.()
  }
}

function describe({ repository, manifest, isEligible, references = [] }: MarkView): string {
  if (manifest === undefined) return `${repository}\n`
  if (isEligible === true) return `manifest eligible for deletion: ${manifest}\n`
  // Distribution has the space behind manifests, and not behind blobs.
  const lines = [`marking manifest ${manifest} `, ...references.map((digest) => `marking blob ${digest}`)]
  return lines.map((line) => `${repository}: ${line}\n`).join("")
}
