import type { Command } from "commander"
import type { RepositoryView } from "../contract/repositories.ts"
import type { CommandContext } from "./command.ts"
import { addOperatorOptions, askPages, withOperator, type OperatorOptions } from "./operator.ts"
import { printBytes, printTable, printTime, type Column } from "./table.ts"

const COLUMNS: readonly Column<RepositoryView>[] = [
  { title: "REPOSITORY", show: ({ name }) => name },
  { title: "TAGS", isNumber: true, show: ({ tagCount }) => `${tagCount}` },
  { title: "MANIFESTS", isNumber: true, show: ({ manifestCount }) => `${manifestCount}` },
  { title: "SIZE", isNumber: true, show: ({ sizeBytes }) => printBytes(sizeBytes) },
  { title: "LAST PUSH (UTC)", show: ({ lastPushedAt }) => printTime(lastPushedAt) },
]

export function registerRepository(program: Command, context: CommandContext): void {
  const repository = program.command("repository").description("list and delete repositories")
  addOperatorOptions(repository.command("list"))
    .description("list the repositories that have content")
    .action((options: OperatorOptions) =>
      withOperator(context, options, async ({ deps, operator }) => {
        const rows = await Array.fromAsync(askPages<RepositoryView>(operator, "/repositories"))
        if (options.json === true) deps.out(`${JSON.stringify({ items: rows })}\n`)
        else deps.out(printTable(COLUMNS, rows))
      }),
    )
}
