import type { DeletionPreviewView } from "../contract/repositories.ts"
import type { CliDependencies } from "./dependencies.ts"
import { printBytes, printCount } from "./table.ts"

export interface DeletionOptions {
  yes?: boolean
}

const SHOWN_TAGS = 10

/** Lines that say what goes, and what garbage collection can free afterwards. */
export function describeDeletion(preview: DeletionPreviewView): string {
  const { tagCount, manifestCount, blobCount, freeableBytes } = preview
  const shown = preview.tags.slice(0, SHOWN_TAGS)
  const more = tagCount > shown.length ? `, and ${tagCount - shown.length} more` : ""
  const lines = [
    `  tags       ${tagCount}${shown.length === 0 ? "" : ` (${shown.join(", ")}${more})`}`,
    `  manifests  ${manifestCount}`,
    `  to free    ${printBytes(freeableBytes)} in ${printCount(blobCount, "blob")} that nothing else uses, by garbage collection`,
  ]
  return lines.map((line) => `${line}\n`).join("")
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
