import { Option, type Command } from "commander"
import type { RestoredView, TagChangeView } from "../contract/history.ts"
import { parseDigest, type Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import { parseRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import { parseTimestamp } from "../domain/timestamp.ts"
import { asArgument } from "./argument.ts"
import type { CommandContext } from "./command.ts"
import {
  LISTING,
  addOperatorOptions,
  ask,
  askPages,
  withOperator,
  type OperatorCall,
  type OperatorOptions,
} from "./operator.ts"
import { parseTarget, type Target } from "./tag-target.ts"
import { printCount, printTable, printTime, type Column } from "./table.ts"

interface TagRestoreOptions extends OperatorOptions {
  digest?: Digest
  at?: string
}

const COLUMNS: readonly Column<TagChangeView>[] = [
  { title: "WHEN (UTC)", show: ({ at }) => `${printTime(at)}:${at.slice(17, 19)}` },
  { title: "TAG", show: ({ tag }) => tag },
  { title: "NAMED", show: ({ to }) => to ?? "-" },
  { title: "BEFORE", show: ({ from }) => from ?? "-" },
  { title: "BY", show: ({ actor }) => actor },
  { title: "NOW", show: ({ to, state }) => (to === undefined ? "tag deleted" : STATES[state ?? "gone"]) },
]

const STATES = { present: "can be pulled", deleted: "can be restored", gone: "gone for good" }

/** `berth tag history` and `berth tag restore`. */
export function registerTagHistory(tag: Command, context: CommandContext): void {
  addOperatorOptions(
    tag.command("history").argument("<repository[:tag]>", "such as team/app or team/app:1.2.3", asArgument(parsePlace)),
  )
    .description("list what tags have named, when, and who changed it, the latest first")
    .action((place: Place, options: OperatorOptions) =>
      withOperator(context, options, (call) => listChanges(call, place), LISTING),
    )
  addOperatorOptions(
    tag.command("restore").argument("<repository:tag>", "such as team/app:1.2.3", asArgument(parseTarget)),
  )
    .description("point a tag at what it named before its last change, also where that deleted it")
    .addOption(
      new Option("--digest <digest>", "point it at this manifest").argParser(asArgument(parseDigest)).conflicts("at"),
    )
    .addOption(
      new Option("--at <time>", "point it at what it named then, such as 2026-11-22T09:30:00Z").argParser(
        asArgument((text) => (parseTimestamp(text), text)),
      ),
    )
    .action((target: Target, options: TagRestoreOptions) =>
      withOperator(context, options, (call) => restoreTag(call, target)),
    )
}

/** `berth manifest restore`. */
export function registerManifest(program: Command, context: CommandContext): void {
  const manifest = program.command("manifest").description("bring back deleted manifests")
  addOperatorOptions(
    manifest.command("restore").argument("<repository@digest>", "such as team/app@sha256:…", asArgument(parseManifest)),
  )
    .description("bring back a deleted manifest, with the tags that went with it")
    .action(({ repository, digest }: { repository: RepositoryName; digest: Digest }, options: OperatorOptions) =>
      withOperator(context, options, async (call) => {
        const path = `/repositories/${encodeURIComponent(repository)}/manifests/${digest}/restore`
        show(call, `${repository}@${digest}:`, await ask<RestoredView>(call.operator, path, { method: "POST" }))
      }),
    )
}

/** `berth repository restore`. */
export function registerRepositoryRestore(repository: Command, context: CommandContext): void {
  addOperatorOptions(
    repository
      .command("restore")
      .argument("<repository>", "its name, such as team/app", asArgument(parseRepositoryName)),
  )
    .description("bring back a deleted repository with its tags and manifests")
    .action((name: RepositoryName, options: OperatorOptions) =>
      withOperator(context, options, async (call) => {
        const path = `/repositories/${encodeURIComponent(name)}/restore`
        show(call, `${name}:`, await ask<RestoredView>(call.operator, path, { method: "POST" }))
      }),
    )
}

async function listChanges(
  { deps, operator, options }: OperatorCall<OperatorOptions>,
  { repository, tag }: Place,
): Promise<void> {
  const path = `/repositories/${encodeURIComponent(repository)}/history`
  const rows = await Array.fromAsync(askPages<TagChangeView>(operator, path, tag === undefined ? {} : { tag }))
  deps.out(options.json === true ? `${JSON.stringify({ items: rows })}\n` : printTable(COLUMNS, rows))
}

async function restoreTag(call: OperatorCall<TagRestoreOptions>, { repository, tag }: Target): Promise<void> {
  const { digest, at } = call.options
  const path = `/repositories/${encodeURIComponent(repository)}/tags/${tag}/restore`
  const restored = await ask<RestoredView>(call.operator, path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ digest, at }),
  })
  show(call, `${repository}:${tag} is ${restored.digest ?? ""}:`, restored)
}

function show({ deps, options }: OperatorCall<OperatorOptions>, what: string, restored: RestoredView): void {
  if (options.json === true) return deps.out(`${JSON.stringify(restored)}\n`)
  const { manifests, tagCount, kept, missing } = restored
  deps.out(`${what} ${printCount(manifests, "manifest")} and ${printCount(tagCount, "tag")} restored\n`)
  if (kept.length > 0) deps.err(`berth: pushed again since, and left as they are: ${shorten(kept)}\n`)
  if (missing.length > 0) deps.err(`berth: named and not there, push the image again: ${shorten(missing)}\n`)
}

const SHOWN = 10

function shorten(names: readonly string[]): string {
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : ""
  return `${names.slice(0, SHOWN).join(", ")}${more}`
}

interface Place {
  repository: RepositoryName
  tag?: Tag
}

function parsePlace(text: string): Place {
  return text.includes(":") ? parseTarget(text) : { repository: parseRepositoryName(text) }
}

function parseManifest(text: string): { repository: RepositoryName; digest: Digest } {
  const [name, digest] = text.split("@")
  if (name === undefined || digest === undefined)
    throw new RegistryError("DIGEST_INVALID", `${text} names no manifest: write REPOSITORY@DIGEST`)
  return { repository: parseRepositoryName(name), digest: parseDigest(digest) }
}
