import type { Command } from "commander"
import type { ManifestDeletionPreviewView } from "../contract/manifests.ts"
import type { Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import { parseRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import { asArgument } from "./argument.ts"
import type { CommandContext } from "./command.ts"
import { PURGE_OPTION, confirmDeletion, describeDeletion, describeUndo, type DeleteOptions } from "./deletion.ts"
import { DONE } from "./exit-codes.ts"
import { registerManifestRestore } from "./history.ts"
import { addOperatorOptions, ask, withOperator, type OperatorCall } from "./operator.ts"
import { parseWholeDigest } from "./short-digests.ts"
import { printCount } from "./table.ts"

export interface ManifestName {
  repository: RepositoryName
  digest: Digest
}

export function registerManifest(program: Command, context: CommandContext): void {
  const manifest = program.command("manifest").description("delete manifests by digest, and bring them back")
  const named = ["<repository@digest>", "such as team/app@sha256:…", asArgument(parseManifestName)] as const
  addOperatorOptions(manifest.command("delete").argument(...named))
    .description("delete a manifest and every tag that points at it; shows first what goes")
    .option(...PURGE_OPTION)
    .option("-y, --yes", "do not ask")
    .action((name: ManifestName, options: DeleteOptions) =>
      withOperator(context, options, (call) => deleteManifest(call, name)),
    )
  registerManifestRestore(manifest.command("restore").argument(...named), context)
}

async function deleteManifest(
  call: OperatorCall<DeleteOptions>,
  { repository, digest }: ManifestName,
): Promise<number> {
  const { deps, operator, options } = call
  const target = `${repository}@${digest}`
  const path = `/repositories/${encodeURIComponent(repository)}/manifests/${digest}`
  const query = `?purge=${options.purge === true}`
  const preview = await ask<ManifestDeletionPreviewView>(operator, `${path}/deletion-preview${query}`)
  deps.err(describeManifest(preview))
  const refused = await confirmDeletion(call)
  if (refused !== undefined) return refused
  await ask(operator, `${path}${query}`, { method: "DELETE" })
  deps.err(describeUndo(options, { command: `berth manifest restore ${target}`, tags: preview }))
  const { tagCount, manifestCount, freeableBytes } = preview
  if (options.json === true)
    deps.out(`${JSON.stringify({ repository, digest, tagCount, manifestCount, freeableBytes })}\n`)
  else deps.out(`deleted ${target} and ${printCount(tagCount, "tag")}\n`)
  return DONE
}

export function describeManifest(preview: ManifestDeletionPreviewView): string {
  const { digest, childCount, indexes } = preview
  const stays = childCount === 1 ? "stays" : "stay"
  const children = childCount === 0 ? "" : `  ${printCount(childCount, "manifest")} that it names ${stays}\n`
  const broken = indexes.map((index) => `  an index names it, and lacks it afterwards: ${index}\n`)
  return `Manifest ${digest}:\n${describeDeletion(preview)}${children}${broken.join("")}`
}

function parseManifestName(text: string): ManifestName {
  const [name, digest] = text.split("@")
  if (name === undefined || digest === undefined)
    throw new RegistryError("DIGEST_INVALID", `${text} names no manifest: write REPOSITORY@DIGEST`)
  return { repository: parseRepositoryName(name), digest: parseWholeDigest(digest) }
}
