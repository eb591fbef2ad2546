import type { Command } from "commander"
import type { DeletionPreviewView, RepositoryPageView, RepositoryView } from "../contract/repositories.ts"
import { parseRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import { asArgument } from "./argument.ts"
import type { CommandContext } from "./command.ts"
import { PURGE_OPTION, confirmDeletion, describeDeletion, describeUndo, type DeleteOptions } from "./deletion.ts"
import { DONE } from "./exit-codes.ts"
import { registerRepositoryRestore } from "./history.ts"
import { runJob } from "./jobs.ts"
import {
  LISTING,
  addOperatorOptions,
  ask,
  askWholePages,
  withOperator,
  type OperatorCall,
  type OperatorOptions,
} from "./operator.ts"
import { printBytes, printCount, printTable, printTime, type Column } from "./table.ts"

const COLUMNS: readonly Column<RepositoryView>[] = [
  { title: "REPOSITORY", show: ({ name }) => name },
  { title: "TAGS", isNumber: true, show: ({ tagCount }) => `${tagCount}` },
  { title: "MANIFESTS", isNumber: true, show: ({ manifestCount }) => `${manifestCount}` },
  { title: "SIZE", isNumber: true, show: ({ sizeBytes }) => printBytes(sizeBytes) },
  { title: "LAST PUSH (UTC)", show: ({ lastPushedAt }) => printTime(lastPushedAt) },
]

export function registerRepository(program: Command, context: CommandContext): void {
  const repository = program.command("repository").description("list, delete and restore repositories")
  addOperatorOptions(repository.command("list"))
    .description("list the repositories that have content")
    .action((options: OperatorOptions) => withOperator(context, options, listRepositories, LISTING))
  addOperatorOptions(
    repository
      .command("delete")
      .argument("<repository>", "its name, such as team/app", asArgument(parseRepositoryName)),
  )
    .description("delete a repository with all its tags and manifests; shows first what goes")
    .option(...PURGE_OPTION)
    .option("-y, --yes", "do not ask")
    .action((name: RepositoryName, options: DeleteOptions) =>
      withOperator(context, options, (call) => deleteRepository(call, name)),
    )
  registerRepositoryRestore(repository, context)
}

async function listRepositories({ deps, operator, options }: OperatorCall<OperatorOptions>): Promise<void> {
  const rows: RepositoryView[] = []
  let isPartial = false
  for await (const page of askWholePages<RepositoryPageView>(operator, "/repositories")) {
    rows.push(...page.items)
    isPartial ||= page.isPartial
  }
  const reason = operator.isServer ? "is still being taken over" : "is not taken over yet: berth adopt does it"
  if (isPartial) deps.err(`berth: the list is partial: the data directory ${reason}\n`)
  deps.out(options.json === true ? `${JSON.stringify({ items: rows })}\n` : printTable(COLUMNS, rows))
}

async function deleteRepository(call: OperatorCall<DeleteOptions>, name: RepositoryName): Promise<number> {
  const { deps, operator, options } = call
  const path = `/repositories/${encodeURIComponent(name)}`
  const query = `?purge=${options.purge === true}`
  const preview = await ask<DeletionPreviewView>(operator, `${path}/deletion-preview${query}`)
  deps.err(`Repository ${name}:\n${describeDeletion(preview)}`)
  const refused = await confirmDeletion(call)
  if (refused !== undefined) return refused
  const outcome = await runJob<Deleted>(call, `${path}${query}`, { method: "DELETE" })
  if ("exitCode" in outcome) return outcome.exitCode
  const { tagCount, manifestCount, purgedCount } = outcome.result
  const { freeableBytes } = preview
  deps.err(describeUndo(options, { command: `berth repository restore ${name}` }))
  const purged = purgedCount === undefined ? "" : `; ${printCount(purgedCount, "manifest")} for good`
  if (options.json === true)
    deps.out(`${JSON.stringify({ name, tagCount, manifestCount, purgedCount, freeableBytes })}\n`)
  else deps.out(`deleted ${name}: ${printCount(tagCount, "tag")}, ${printCount(manifestCount, "manifest")}${purged}\n`)
  return DONE
}

interface Deleted {
  tagCount: number
  manifestCount: number
  /** With a purge: of what was deleted now or before. */
  purgedCount?: number
}
