import type { Command } from "commander"
import type { ManifestDeletionPreviewView } from "../contract/manifests.ts"
import type { TagDeletionView, TagView } from "../contract/tags.ts"
import { parseRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import { asArgument } from "./argument.ts"
import type { CommandContext } from "./command.ts"
import { PURGE_OPTION, confirmDeletion, describeTagUndo, describeUndo, type DeleteOptions } from "./deletion.ts"
import { DONE, MISUSED } from "./exit-codes.ts"
import { registerTagHistory } from "./history.ts"
import { describeManifest } from "./manifests.ts"
import { LISTING, addOperatorOptions, ask, askPages, withOperator, type OperatorCall } from "./operator.ts"
import { addTruncOptions, isShort, shortenDigest, shortenType, type TruncOptions } from "./short-digests.ts"
import { parseTarget, type Target } from "./tag-target.ts"
import { printBytes, printTable, printTime, type Column } from "./table.ts"

const COLUMNS: readonly Column<TagView>[] = [
  { title: "TAG", show: ({ name }) => name },
  { title: "DIGEST", show: ({ digest }) => digest, showShort: ({ digest }) => shortenDigest(digest) },
  { title: "TYPE", show: ({ mediaType }) => mediaType, showShort: ({ mediaType }) => shortenType(mediaType) },
  { title: "SIZE", isNumber: true, show: ({ sizeBytes }) => printBytes(sizeBytes) },
  { title: "PUSHED (UTC)", show: ({ pushedAt }) => printTime(pushedAt) },
  { title: "BY", show: ({ pushedBy }) => pushedBy },
]

type TagDeleteOptions = DeleteOptions & { withManifest?: boolean }

export function registerTag(program: Command, context: CommandContext): void {
  const tag = program.command("tag").description("list, delete and restore tags")
  addTruncOptions(
    tag.command("list").argument("<repository>", "its name, such as team/app", asArgument(parseRepositoryName)),
  )
    .description("list the tags of a repository")
    .action((name: RepositoryName, options: TruncOptions) =>
      withOperator(context, options, (call) => listTags(call, name), LISTING),
    )
  addOperatorOptions(
    tag.command("delete").argument("<repository:tag>", "such as team/app:1.2.3", asArgument(parseTarget)),
  )
    .description("delete a tag; shows first what goes")
    .option("--with-manifest", "delete its manifest as well, and every tag that points at that")
    .option("--purge", `with --with-manifest, ${PURGE_OPTION[1]}`)
    .option("-y, --yes", "do not ask")
    .action((target: Target, options: TagDeleteOptions) =>
      withOperator(context, options, (call) => deleteTag(call, target)),
    )
  registerTagHistory(tag, context)
}

async function listTags(call: OperatorCall<TruncOptions>, name: RepositoryName): Promise<void> {
  const { deps, operator, options } = call
  const path = `/repositories/${encodeURIComponent(name)}/tags`
  const rows = await Array.fromAsync(askPages<TagView>(operator, path))
  deps.out(options.json === true ? `${JSON.stringify({ items: rows })}\n` : printTable(COLUMNS, rows, isShort(call)))
}

async function deleteTag(call: OperatorCall<TagDeleteOptions>, { repository, tag }: Target): Promise<number> {
  const { deps, operator, options } = call
  const target = `${repository}:${tag}`
  const withManifest = options.withManifest === true
  if (options.purge === true && !withManifest) {
    deps.err("berth: a tag alone has no bytes: --purge needs --with-manifest\n")
    return MISUSED
  }
  const path = `/repositories/${encodeURIComponent(repository)}/tags/${tag}`
  const query = `?withManifest=${withManifest}&purge=${options.purge === true}`
  const preview = await ask<ManifestDeletionPreviewView>(operator, `${path}/deletion-preview${query}`)
  deps.err(withManifest ? describeManifest(preview) : `Tag ${target} of ${preview.digest}, which stays.\n`)
  const refused = await confirmDeletion(call)
  if (refused !== undefined) return refused
  const { digest } = await ask<TagDeletionView>(operator, `${path}${query}`, { method: "DELETE" })
  const { tagCount, manifestCount, freeableBytes } = preview
  const back = { command: `berth manifest restore ${repository}@${digest}`, tags: preview }
  deps.err(withManifest ? describeUndo(options, back) : describeTagUndo(`berth tag restore ${target}`))
  if (options.json === true) {
    deps.out(`${JSON.stringify({ repository, tag, digest, tagCount, manifestCount, freeableBytes })}\n`)
  } else deps.out(withManifest ? `deleted ${target} and ${digest}\n` : `deleted ${target}\n`)
  return DONE
}
