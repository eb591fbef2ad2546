import type { DeletionPreviewView } from "../contract/repositories.ts"
import type { CliDependencies } from "./dependencies.ts"
import { printBytes, printCount } from "./table.ts"

export interface DeletionOptions {
  yes?: boolean
}

export interface PurgeOptions {
  purge?: boolean
}

export const PURGE_OPTION = [
  "--purge",
  "for good: it cannot be restored, and garbage collection does not wait for that; also what is deleted already",
] as const

const SHOWN_TAGS = 10

/** Lines that say what goes, and what garbage collection can free afterwards. */
export function describeDeletion(preview: DeletionPreviewView): string {
  const { tagCount, manifestCount, deletedCount, blobCount, freeableBytes } = preview
  const shown = preview.tags.slice(0, SHOWN_TAGS)
  const more = tagCount > shown.length ? `, and ${tagCount - shown.length} more` : ""
  const lines = [
    `  tags       ${tagCount}${shown.length === 0 ? "" : ` (${shown.join(", ")}${more})`}`,
    `  manifests  ${manifestCount}`,
    ...(deletedCount > 0 ? [`  deleted    ${printCount(deletedCount, "manifest")} that could be restored`] : []),
    `  to free    ${printBytes(freeableBytes)} in ${printCount(blobCount, "blob")} that nothing else uses, by garbage collection`,
  ]
  return lines.map((line) => `${line}\n`).join("")
}

const PURGED = `--purge: none of it can be restored afterwards. Its bytes go with the next runs of garbage collection,
  but for what a client pushed, pulled or asked for lately: that waits for its grace period, as always.
`

/** As `confirm`, and says before what a purge means. */
export function confirmDeletion({
  deps,
  options,
}: {
  deps: CliDependencies
  options: DeletionOptions & PurgeOptions
}): Promise<boolean> {
  if (options.purge !== true) return confirm(deps, options)
  deps.err(PURGED)
  return confirm(deps, options, { question: "Delete for good?", refusal: "nothing is deleted" })
}

/** What is said once it is done. `command`: what brings it back. */
export function describeUndo({ purge }: PurgeOptions, command: string): string {
  if (purge === true)
    return "berth: berth gc run --now --yes removes the bytes sooner, as far as nothing else needs them\n"
  return `berth: until its grace period is over, ${command} brings it back\n`
}

/** Whether to go on: `--yes` says so, else the person at the terminal. */
export async function confirm(
  deps: CliDependencies,
  { yes }: DeletionOptions,
  words = { question: "Delete?", refusal: "nothing is deleted" },
): Promise<boolean> {
  if (yes === true) return true
  if (!deps.isTerminal) {
    deps.err(`berth: ${words.refusal}: add --yes to do it\n`)
    return false
  }
  const answer = await deps.ask(`${words.question} [y/N] `)
  if (/^y(es)?$/i.test(answer.trim())) return true
  deps.err(`berth: ${words.refusal}\n`)
  return false
}
