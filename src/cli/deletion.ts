import type { DeletionPreviewView } from "../contract/repositories.ts"
import type { CliDependencies } from "./dependencies.ts"
import type { OperatorOptions } from "./operator.ts"
import { INTERRUPTED, MISUSED } from "./exit-codes.ts"
import { printBytes, printCount } from "./table.ts"

export interface DeletionOptions {
  yes?: boolean
}

interface PurgeOptions {
  purge?: boolean
}

/** Of the commands that delete. */
export type DeleteOptions = OperatorOptions & DeletionOptions & PurgeOptions

export const PURGE_OPTION = [
  "--purge",
  "for good: it cannot be restored, and garbage collection does not wait for that; also what is deleted already",
] as const

const SHOWN_TAGS = 10

/** Lines that say what goes, and what garbage collection can free afterwards. */
export function describeDeletion(preview: DeletionPreviewView): string {
  const { tagCount, manifestCount, deletedCount, blobCount, freeableBytes } = preview
  const lines = [
    `  tags       ${tagCount}${tagCount === 0 ? "" : ` (${listTags(preview)})`}`,
    `  manifests  ${manifestCount}`,
    ...(deletedCount > 0 ? [`  deleted    ${printCount(deletedCount, "manifest")} that could be restored`] : []),
    `  to free    ${printBytes(freeableBytes)} in ${printCount(blobCount, "blob")} that nothing else uses, by garbage collection`,
  ]
  return lines.map((line) => `${line}\n`).join("")
}

function listTags({ tags, tagCount }: Pick<DeletionPreviewView, "tags" | "tagCount">): string {
  const shown = tags.slice(0, SHOWN_TAGS)
  const more = tagCount > shown.length ? `, and ${tagCount - shown.length} more` : ""
  return `${shown.join(", ")}${more}`
}

const PURGED = `--purge: none of it can be restored afterwards. Its bytes go with the next runs of garbage collection,
  but for what a client pushed, pulled or asked for lately: that waits for its grace period, as always.
  Copies in backups stay, and so do damaged ones in berth/quarantine.
`

/** As `confirm`, and says before what a purge means. */
export function confirmDeletion({
  deps,
  options,
}: {
  deps: CliDependencies
  options: DeletionOptions & PurgeOptions
}): Promise<number | undefined> {
  if (options.purge !== true) return confirm(deps, options)
  deps.err(PURGED)
  return confirm(deps, options, { question: "Delete for good?", refusal: "nothing is deleted" })
}

interface Undo {
  /** What brings it back. */
  command: string
  /** What comes back with it, where that is more than was named. */
  tags?: Pick<DeletionPreviewView, "tags" | "tagCount">
}

/** What is said once it is done. */
export function describeUndo({ purge }: PurgeOptions, { command, tags }: Undo): string {
  if (purge === true)
    return `berth: berth gc run --now removes the bytes sooner, as far as nothing else needs them;
  nothing else that was deleted can be restored after it either
`
  const more = tags === undefined || tags.tagCount < 2 ? "" : `, with the tags ${listTags(tags)}`
  return `berth: until its grace period is over, ${command} brings it back${more}\n`
}

/** Of a tag alone: its manifest is still there, until `gc.untagged` takes it. */
export function describeTagUndo(command: string): string {
  return `berth: as long as its history (history.keep) and its manifest (gc.untagged) are kept, ${command} brings it back\n`
}

/** Whether to go on: `--yes` says so, else the person at the terminal. Gives the exit code where not. */
export async function confirm(
  deps: CliDependencies,
  { yes }: DeletionOptions,
  words = { question: "Delete?", refusal: "nothing is deleted" },
): Promise<number | undefined> {
  if (yes === true) return undefined
  if (!deps.isTerminal) {
    deps.err(`berth: ${words.refusal}: add --yes to do it\n`)
    return MISUSED
  }
  const answer = await deps.ask(`${words.question} [y/N] `)
  if (answer !== undefined && /^y(es)?$/i.test(answer.trim())) return undefined
  // What was typed last did not end the question's line.
  deps.err(`${answer === undefined ? "\n" : ""}berth: ${words.refusal}\n`)
  return answer === undefined ? INTERRUPTED : MISUSED
}
