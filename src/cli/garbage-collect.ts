import { Option, type Command } from "commander"
import type { GcReportView, MarkView } from "../contract/gc.ts"
import { expandBooleanFlags } from "./boolean-flags.ts"
import type { CommandContext } from "./command.ts"
import { CONFIG_MEANING, CONFIG_OPTION, listConfigurationPaths } from "./configuration.ts"
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
    .option(CONFIG_OPTION, CONFIG_MEANING)
    .option("--json", "print the result as JSON, and nothing else")
    .action((config: string | undefined, options: Options) => {
      const named = config ?? options.config
      // What goes at once must not go from another directory than the one that was meant.
      if (options.config !== undefined && named !== options.config) return refuse(context, TWO_NAMED)
      // As where a script has lost its variable.
      if (listConfigurationPaths(context.deps.env, named).length === 0) return refuse(context, NONE_NAMED)
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
  const at = findCommand(argv)
  if (argv[at] !== "garbage-collect") return argv
  const options = expandBooleanFlags(argv.slice(at + 1), { d: "dry-run", m: "delete-untagged", q: "quiet" })
  return [...argv.slice(0, at + 1), ...options]
}

/** Where the command stands: the program's own option, which names the configuration, may be before it. */
function findCommand(argv: readonly string[]): number {
  let at = 0
  for (let word = argv[at]; word !== undefined && /^(-c|--config(=|$))/.test(word); word = argv[at])
    at += word === "-c" || word === "--config" ? 2 : 1
  return at
}

const NONE_NAMED = "no configuration is named: write its file after garbage-collect, or set REGISTRY_CONFIGURATION_PATH"
const TWO_NAMED =
  "two configurations are named, with --config and as the argument, and they differ: name the one that is to be collected"

function refuse(context: CommandContext, reason: string): void {
  context.deps.err(`berth: ${reason}\n`)
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
