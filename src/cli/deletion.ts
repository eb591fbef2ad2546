import type { DeletionPreviewView } from "../contract/repositories.ts"
import type { CliDependencies } from "./dependencies.ts"
import { printBytes, printCount } from "./table.ts"

export interface DeletionOptions {
  yes?: boolean
}

/** Lines that say what goes, and what garbage collection can free afterwards. */
export function describeDeletion(preview: DeletionPreviewView): string {
  const { tags, tagCount, manifestCount, blobCount, freeableBytes } = preview
  const more = tagCount > tags.length ? `, and ${tagCount - tags.length} more` : ""
  const lines = [
    `  tags       ${tagCount}${tags.length === 0 ? "" : ` (${tags.slice(0, SHOWN_TAGS).join(", ")}${moreOf(tags, more)})`}`,
    `  manifests  ${manifestCount}`,
    `  to free    ${printBytes(freeableBytes)} in ${printCount(blobCount, "blob")} that nothing else uses, by garbage collection`,
  ]
  return lines.map((line) => `${line}\n`).join("")
}

const SHOWN_TAGS = 10

function moreOf(tags: readonly string[], more: string): string {
  if (more !== "" || tags.length <= SHOWN_TAGS) return more
  return `, and ${tags.length - SHOWN_TAGS} more`
}

/** Whether to go on: `--yes` says so, else the person at the terminal. */
export async function confirm(deps: CliDependencies, { yes }: DeletionOptions): Promise<boolean> {
  if (yes === true) return true
  if (!deps.isTerminal) {
    deps.err("berth: nothing is deleted: add --yes to do it\n")
    return false
  }
  const answer = await deps.ask("Delete? [y/N] ")
  if (/^y(es)?$/i.test(answer.trim())) return true
  deps.err("berth: nothing is deleted\n")
  return false
}
