import type { Command } from "commander"
import type { BackupManifest } from "../domain/backup.ts"
import { FINDINGS, type Finding, type FindingKind, type FsckReport } from "../domain/fsck.ts"
import type { CommandContext } from "./command.ts"
import { CONFIG_MEANING, CONFIG_OPTION, readConfiguration } from "./configuration.ts"
import { describeError } from "./describe-error.ts"
import { FAILED, INTERRUPTED, MISUSED } from "./exit-codes.ts"
import { printKinds } from "./fsck.ts"
import { createProgressPrinter } from "./progress.ts"
import { printCount } from "./table.ts"

export interface RestoreOrder {
  /** A file, or a directory of them. */
  backup: string
  /** Whether a database that is there is moved aside. */
  isForced: boolean
  signal: AbortSignal
  /** Blobs that were brought along so far. */
  progress: (done: number) => void
}

export interface RestoreReport {
  backup: string
  manifest: BackupManifest
  /** The data directory. */
  root: string
  /** Where the database is now that was there. */
  aside?: string
  /** Blobs that were collected and pushed again since: they have another key. */
  moved: number
  settledLinks: number
  broughtBlobs: number
  /** As `berth fsck` found them. */
  faults: number
  counts: FsckReport["counts"]
  findings: Finding[]
}

const SHOWN = 20
const MISSING: FindingKind = "blob-missing"

interface RestoreOptions {
  config?: string
  json?: boolean
  force?: boolean
}

export function registerRestore(program: Command, context: CommandContext): void {
  program
    .command("restore")
    .argument("<backup>", "what berth backup wrote: a file, or a directory, of which the newest is taken")
    .description("make a data directory of a backup and the blobs; no server may run on it")
    .option("--force", "move a database that is there aside")
    .option(CONFIG_OPTION, CONFIG_MEANING)
    .option("--json", "print the result as JSON")
    .action(async (backup: string, options: RestoreOptions) => context.finish(await restore(context, backup, options)))
}

async function restore({ deps }: CommandContext, backup: string, options: RestoreOptions): Promise<number> {
  const loaded = await readConfiguration(deps, options.config)
  if (loaded === undefined || deps.restore === undefined) return MISUSED
  const printer = await createProgressPrinter(deps, options.json === true)
  const leaving = new AbortController()
  const forget = deps.onInterrupt(() => leaving.abort())
  try {
    const report = await deps.restore(loaded.config, {
      backup,
      isForced: options.force === true,
      signal: leaving.signal,
      progress: (done) => printer.show({ kind: "blobs", subject: backup, progress: { done, unit: "blobs" } }),
    })
    deps.out(options.json === true ? `${JSON.stringify(report)}\n` : describe(report))
    return report.faults > 0 ? FAILED : 0
  } catch (error) {
    deps.err(`berth: ${leaving.signal.aborted ? "cancelled: the database is as it was" : describeError(error)}\n`)
    return leaving.signal.aborted ? INTERRUPTED : FAILED
  } finally {
    forget()
    printer.end()
  }
}

function describe(report: RestoreReport): string {
  const { manifest, root, moved, aside, settledLinks, broughtBlobs } = report
  const { counts, createdAt } = manifest
  const lines = [
    `${root} is as of ${createdAt}: ${printCount(counts.tags, "tag")}, ${printCount(counts.manifests, "manifest")}, ${printCount(counts.blobs, "blob")}`,
  ]
  if (broughtBlobs > 0) lines.push(`${printCount(broughtBlobs, "blob")} came from beside the backup`)
  if (aside !== undefined) lines.push(`the database that was there is ${aside} now`)
  if (moved > 0) lines.push(`${printCount(moved, "blob")} had been collected and pushed again since`)
  if (settledLinks > 0)
    lines.push(`${printCount(settledLinks, "link")} of registry:2 said something else: the backup counts`)
  const extra = report.counts["object-orphan"] ?? 0
  if (extra > 0) lines.push(`${printCount(extra, "stored blob")} came after the backup: nothing refers to them`)
  const deleted = report.counts["deleted-missing"] ?? 0
  if (deleted > 0)
    lines.push(`${printCount(deleted, "blob")} of deleted images had been collected: nothing restores these`)
  lines.push(...describeMissing(report), ...describeOthers(report))
  return lines.map((line) => `${line}\n`).join("")
}

function describeMissing({ counts, findings }: RestoreReport): string[] {
  const count = counts[MISSING] ?? 0
  if (count === 0) return ["every blob is there"]
  const shown = findings.filter(({ kind }) => kind === MISSING).slice(0, SHOWN)
  const more = count > shown.length ? [`  and ${count - shown.length} more`] : []
  const advice = "copy the blobs of the old directory into docker/registry/v2/blobs, or push these images again"
  return [
    `${printCount(count, "blob")} ${count === 1 ? "is" : "are"} missing: ${advice}`,
    ...shown.map(({ subject }) => `  ${subject}`),
    ...more,
  ]
}

/** What else is wrong; what is as somebody wanted it is no news after a restore. */
function describeOthers({ counts, findings }: RestoreReport): string[] {
  const isTold = (kind: FindingKind) => kind !== MISSING && FINDINGS[kind].isFault
  const told = Object.entries(counts).filter(([kind]) => isTold(kind as FindingKind))
  return printKinds({ counts: Object.fromEntries(told), findings })
}
