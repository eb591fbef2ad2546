import { Option, type Command } from "commander"
import type { GcReportView } from "../contract/gc.ts"
import type { RepositoryView } from "../contract/repositories.ts"
import type { CommandContext } from "./command.ts"
import { FAILED } from "./exit-codes.ts"
import { runGc } from "./gc.ts"
import { LISTING, askPages, withOperator, type OperatorCall, type OperatorOptions } from "./operator.ts"

interface Options extends OperatorOptions {
  dryRun?: boolean
  deleteUntagged?: boolean
  quiet?: boolean
}

/** The command of registry:2, with its options and its output: those who have it in a script need not change that. */
export function registerGarbageCollect(program: Command, context: CommandContext): void {
  program
    .command("garbage-collect")
    .argument("<config>", "the configuration file")
    .description("collect garbage as registry:2 does, at once; the server may go on")
    .addOption(new Option("-d, --dry-run", "do everything except remove the blobs"))
    .addOption(new Option("-m, --delete-untagged", "delete manifests that no tag and no index names"))
    .addOption(new Option("-q, --quiet", "print nothing of what is kept and removed"))
    .option("--json", "print the result as JSON, and nothing else")
    .action((config: string, options: Options) =>
      withOperator(context, { ...options, config }, collect, options.dryRun === true ? LISTING : {}),
    )
}

async function collect(call: OperatorCall<Options>): Promise<number | void> {
  const { deps, options } = call
  const { dryRun = false, deleteUntagged = false, json = false, quiet = json } = options
  // Progress is for people; this output is read by scripts.
  const marked = quiet ? 0 : await printMarked(call)
  const silent = { ...call, deps: { ...deps, isTerminal: false } }
  const outcome = await runGc(silent, { now: true, dryRun, untagged: deleteUntagged })
  if ("exitCode" in outcome) return outcome.exitCode
  if (outcome.result.skipped !== undefined) {
    deps.err(`berth: nothing was collected, because of ${outcome.result.skipped}\n`)
    return FAILED
  }
  if (json) return deps.out(`${JSON.stringify(outcome.result)}\n`)
  if (!quiet) deps.out(printEligible(outcome.result, marked))
}

/** Gives how many blobs are marked, each counted in every repository that has it, and manifests as well, as they are blobs there. */
async function printMarked({ deps, operator }: OperatorCall<Options>): Promise<number> {
  const marked = new Set<string>()
  for await (const { name } of askPages<RepositoryView>(operator, "/repositories")) {
    deps.out(`${name}\n`)
    for (const kind of ["manifest", "blob"] as const) {
      const path = `/repositories/${encodeURIComponent(name)}/content`
      for await (const { digest } of askPages<{ digest: string }>(operator, path, { kind })) {
        // Distribution has the space behind manifests, and not behind blobs.
        deps.out(`${name}: marking ${kind} ${digest}${kind === "manifest" ? " " : ""}\n`)
        if (marked.size < MOST_COUNTED) marked.add(digest)
      }
    }
  }
  return marked.size
}

/** The number is for people; a set of all digests of a large registry is not to be held for it. */
const MOST_COUNTED = 1_000_000

function printEligible(
  { sample, condemned, orphans, manifests, untagged, removed }: GcReportView,
  marked: number,
): string {
  const blobs = sample.filter(({ kind }) => kind === "blob")
  const eligible = Math.max(condemned + orphans, removed)
  const lines = [
    "",
    `${marked} blobs marked, ${eligible} blobs and ${manifests + untagged} manifests eligible for deletion`,
    ...sample
      .filter(({ kind }) => kind === "manifest")
      .map(({ digest }) => `manifest eligible for deletion: ${digest}`),
    ...blobs.map(({ digest }) => `blob eligible for deletion: ${digest}`),
  ]
  if (eligible > blobs.length) lines.push(`and ${eligible - blobs.length} more blobs`)
  return `${lines.join("\n")}\n`
}
