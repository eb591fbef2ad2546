import { Option, type Command } from "commander"
import type { RestorationPreviewView, RestoredView, TagChangeView } from "../contract/history.ts"
import type { Digest } from "../domain/digest.ts"
import { parseRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import { RegistryError } from "../domain/errors.ts"
import { parsePeriod } from "../domain/timestamp.ts"
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
  type OperatorWay,
} from "./operator.ts"
import { addTruncOptions, isShort, shortenDigest, type TruncOptions } from "./short-digests.ts"
import { parseDigestPart, resolveDigest } from "./named-digests.ts"
import { parseTarget, type Target } from "./tag-target.ts"
import { printCount, printTable, printTime, type Column } from "./table.ts"

interface RestoreOptions extends OperatorOptions {
  dryRun?: boolean
}

interface TagRestoreOptions extends RestoreOptions {
  /** Or what it begins with. */
  digest?: string
  at?: string
}

const COLUMNS: readonly Column<TagChangeView>[] = [
  { title: "WHEN (UTC)", show: ({ at }) => `${printTime(at)}:${at.slice(17, 19)}` },
  { title: "TAG", show: ({ tag }) => tag },
  { title: "NAMED", show: ({ to }) => to ?? "-", showShort: ({ to }) => shortenDigest(to ?? "-") },
  { title: "BEFORE", show: ({ from }) => from ?? "-", showShort: ({ from }) => shortenDigest(from ?? "-") },
  { title: "BY", show: ({ actor }) => actor },
  { title: "NOW", show: ({ to, state }) => (to === undefined ? "tag deleted" : STATES[state ?? "gone"]) },
]

const STATES = { present: "pullable", deleted: "restorable", gone: "gone" }

/** `berth tag history` and `berth tag restore`. */
export function registerTagHistory(tag: Command, context: CommandContext): void {
  addTruncOptions(
    tag.command("history").argument("<repository[:tag]>", "such as team/app or team/app:1.2.3", asArgument(parsePlace)),
  )
    .description("list what tags have named, when, and who changed it, the latest first")
    .action((place: Place, options: TruncOptions) =>
      withOperator(context, options, (call) => listChanges(call, place), LISTING),
    )
  addOperatorOptions(
    tag.command("restore").argument("<repository:tag>", "such as team/app:1.2.3", asArgument(parseTarget)),
  )
    .description("point a tag at what it named before its last change, also where that deleted it")
    .addOption(
      new Option("--digest <digest>", "point it at this manifest; of one that it has named twelve digits are enough")
        .argParser(asArgument(parseDigestPart))
        .conflicts("at"),
    )
    .addOption(
      new Option("--at <time>", "point it at what it named then, such as 2026-11-22T09:30:00Z").argParser(
        asArgument((text) => checkPast(text, context.deps.now())),
      ),
    )
    .option(...DRY_RUN)
    .action((target: Target, options: TagRestoreOptions) =>
      withOperator(context, options, (call) => restoreTag(call, target), wayOf(options)),
    )
}

/** `berth manifest restore`. */
export function registerManifestRestore(command: Command, context: CommandContext): void {
  addOperatorOptions(command)
    .description("bring back a deleted manifest, with the tags that went with it")
    .option(...DRY_RUN)
    .action(({ repository, digest }: { repository: RepositoryName; digest: Digest }, options: RestoreOptions) => {
      const path = `/repositories/${encodeURIComponent(repository)}/manifests/${digest}`
      return withOperator(context, options, (call) => restore(call, path, `${repository}@${digest}`), wayOf(options))
    })
}

/** `berth repository restore`. */
export function registerRepositoryRestore(repository: Command, context: CommandContext): void {
  addOperatorOptions(
    repository
      .command("restore")
      .argument("<repository>", "its name, such as team/app", asArgument(parseRepositoryName)),
  )
    .description("bring back a deleted repository with its tags and manifests")
    .option(...DRY_RUN)
    .action((name: RepositoryName, options: RestoreOptions) => {
      const path = `/repositories/${encodeURIComponent(name)}`
      return withOperator(context, options, (call) => restore(call, path, name), wayOf(options))
    })
}

/** Gives the text. Throws for what has not begun: nobody knows what the tag will name. */
function checkPast(text: string, now: number): string {
  if (parsePeriod(text).from <= now) return text
  throw new RegistryError(
    "TIME_INVALID",
    `${text} is in the future: give a time that has been, in UTC or with an offset`,
  )
}

const DRY_RUN = ["--dry-run", "change nothing, and tell what would come back and what is missing"] as const

function wayOf({ dryRun }: RestoreOptions): OperatorWay {
  return dryRun === true ? LISTING : {}
}

async function listChanges(call: OperatorCall<TruncOptions>, { repository, tag }: Place): Promise<void> {
  const { deps, operator, options } = call
  const path = `/repositories/${encodeURIComponent(repository)}/history`
  const rows = await Array.fromAsync(askPages<TagChangeView>(operator, path, tag === undefined ? {} : { tag }))
  // Whoever asked for one tag knows which: at a terminal there is better use for the place.
  const columns = tag !== undefined && isShort(call) ? COLUMNS.filter(({ title }) => title !== "TAG") : COLUMNS
  deps.out(options.json === true ? `${JSON.stringify({ items: rows })}\n` : printTable(columns, rows, isShort(call)))
}

async function restoreTag(call: OperatorCall<TagRestoreOptions>, target: Target): Promise<void> {
  const { digest: part, at, dryRun } = call.options
  const { repository, tag } = target
  const digest = part === undefined ? undefined : await resolveDigest(call.operator, target, part)
  const name = `${repository}:${tag}`
  const path = `/repositories/${encodeURIComponent(repository)}/tags/${tag}`
  if (dryRun === true) {
    const query = new URLSearchParams({ ...(digest !== undefined && { digest }), ...(at !== undefined && { at }) })
    const view = await ask<RestorationPreviewView>(call.operator, `${path}/restoration-preview?${query.toString()}`)
    const named = view.digest ?? ""
    if (view.tagCount === 0) return preview(call, `${name} is ${named}: ${describeSame(view, "would be")}`, view)
    const instead = view.replaced === undefined ? "" : `, instead of ${view.replaced}, which stays`
    return preview(call, `${name} would be ${named}${instead}: ${describeRestored(view)} would be restored`, view)
  }
  const restored = await ask<RestoredView>(call.operator, `${path}/restore`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ digest, at }),
  })
  const outcome = restored.tagCount === 0 ? describeSame(restored, "was") : `${describeRestored(restored)} restored`
  show(call, `${name} is ${restored.digest ?? ""}: ${outcome}`, restored)
}

/** What has a path of its own in the API, and nothing to choose. */
async function restore(call: OperatorCall<RestoreOptions>, path: string, name: string): Promise<void> {
  const { operator, options } = call
  if (options.dryRun === true) {
    const view = await ask<RestorationPreviewView>(operator, `${path}/restoration-preview`)
    return preview(call, `${name}: ${describeRestored(view)} would be restored`, view)
  }
  const restored = await ask<RestoredView>(operator, `${path}/restore`, { method: "POST" })
  show(call, `${name}: ${describeRestored(restored)} restored`, restored)
}

function preview({ deps, options }: OperatorCall<OperatorOptions>, line: string, view: RestorationPreviewView): void {
  if (options.json === true) return deps.out(`${JSON.stringify(view)}\n`)
  const { tagCount, tags, kept, keptCount, missing, missingCount } = view
  deps.out(`${line}\n`)
  if (tags.length > 0) deps.out(`  tags       ${shorten(tags, tagCount)}\n`)
  if (keptCount > 0) deps.out(`  stay       ${shorten(kept, keptCount)}, pushed again since\n`)
  if (missingCount > 0) deps.out(`  missing    ${shorten(missing, missingCount)}\n`)
}

function show({ deps, options }: OperatorCall<OperatorOptions>, line: string, restored: RestoredView): void {
  if (options.json === true) return deps.out(`${JSON.stringify(restored)}\n`)
  const { kept, keptCount, missing, missingCount } = restored
  deps.out(`${line}\n`)
  if (keptCount > 0) deps.err(`berth: pushed again since, and left as they are: ${shorten(kept, keptCount)}\n`)
  if (missingCount > 0)
    deps.err(`berth: named and not there, push the images again: ${shorten(missing, missingCount)}\n`)
}

/** Blobs that come back are not counted. */
function describeSame({ manifests }: Pick<RestoredView, "manifests">, verb: string): string {
  const what = manifests === 0 ? "no tag and no manifest" : printCount(manifests, "manifest")
  return `it names that already, ${what} ${verb} restored`
}

/** A tag that is moved back needs no manifest brought back. */
function describeRestored({ manifests, tagCount }: Pick<RestoredView, "manifests" | "tagCount">): string {
  const tags = printCount(tagCount, "tag")
  return manifests === 0 ? tags : `${printCount(manifests, "manifest")} and ${tags}`
}

const SHOWN = 10

function shorten(names: readonly string[], count: number): string {
  const shown = names.slice(0, SHOWN)
  const more = count > shown.length ? `, and ${count - shown.length} more` : ""
  return `${shown.join(", ")}${more}`
}

interface Place {
  repository: RepositoryName
  tag?: Tag
}

function parsePlace(text: string): Place {
  return text.includes(":") ? parseTarget(text) : { repository: parseRepositoryName(text) }
}
