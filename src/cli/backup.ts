import { Option, type Command } from "commander"
import type { BackupView } from "../contract/backup.ts"
import type { BlobCopyReport, OutputFile } from "../ports/local-files.ts"
import type { CommandContext } from "./command.ts"
import { INTERRUPTED } from "./exit-codes.ts"
import { runJob } from "./jobs.ts"
import {
  addOperatorOptions,
  ask,
  askBytes,
  getLocal,
  withOperator,
  type OperatorCall,
  type OperatorOptions,
} from "./operator.ts"
import { createProgressPrinter, type ProgressPrinter } from "./progress.ts"
import { printBytes, printCount } from "./table.ts"

interface BackupOptions extends OperatorOptions {
  force?: boolean
  withBlobs?: boolean
}

/** Of both copies of the blobs there is one printer: the second is no news until it has more than the first. */
type BackupCall = OperatorCall<BackupOptions> & { printer: ProgressPrinter }

export function registerBackup(program: Command, context: CommandContext): void {
  addOperatorOptions(
    program
      .command("backup")
      .argument(
        "<path>",
        "the file to write; a directory, for a file in it named by the time; or - for standard output",
      ),
  )
    .description("copy the metadata, as one moment leaves it, while the server serves")
    .option("--force", "replace the file")
    .addOption(new Option("--with-blobs", "copy the blobs as well, into the directory: those that it lacks"))
    .action((path: string, options: BackupOptions) =>
      withOperator(context, options, async (opened) => {
        const printer = await createProgressPrinter(opened.deps, options.json === true)
        const call = { ...opened, printer }
        try {
          return await (options.withBlobs === true ? whileHeld(call, () => backUp(call, path)) : backUp(call, path))
        } finally {
          printer.end()
        }
      }),
    )
}

/** Nothing is collected meanwhile: what was there at the beginning is there at the end. */
async function whileHeld<Result>({ operator }: BackupCall, work: () => Promise<Result>): Promise<Result> {
  const leaving = new AbortController()
  const answer = askBytes(operator, "/backups/hold", { signal: leaving.signal })
  try {
    await answer.next()
    return await work()
  } finally {
    leaving.abort()
  }
}

async function backUp(call: BackupCall, path: string): Promise<number | void> {
  const { deps, operator, options } = call
  const { files, root } = getLocal(operator)
  const isDirectory = path !== "-" && (path.endsWith("/") || (await files.find(path)) === "directory")
  if (options.withBlobs === true && !isDirectory) throw new Error("with --with-blobs name a directory that is there")
  if (isDirectory && (await files.isSame(path, root)))
    throw new Error(`${path} is the data directory: what is lost with it needs another place`)
  // Most of the blobs go first: what is collected after the snapshot must be found in the short time that is left then.
  const first = options.withBlobs === true ? await copyBlobs(call, path) : undefined
  if (first === "interrupted") return INTERRUPTED
  const target = await reserve(call, isDirectory ? undefined : path)
  try {
    const outcome = await runJob<BackupView>(call, "/backups", { method: "POST" })
    if ("exitCode" in outcome) return outcome.exitCode
    const backup = outcome.result
    const name = isDirectory ? `${path.replace(/\/+$/, "")}/${nameByTime(backup)}` : path
    const file = target ?? (await files.create(name, { replaces: options.force === true }))
    await fetchCopy(call, backup, file)
    const second = first === undefined ? undefined : await copyBlobs(call, path)
    if (second === "interrupted") return INTERRUPTED
    if (first !== undefined && second !== undefined) {
      second.copied += first.copied
      second.linked += first.linked
    }
    const text = options.json === true ? describeJson(backup, name, second) : describe(backup, name, second)
    if (path === "-") deps.err(text)
    else deps.out(text)
  } finally {
    await target?.discard()
  }
}

/** What cannot be written is said before the work is done. */
async function reserve({ operator, options }: BackupCall, path: string | undefined): Promise<OutputFile | undefined> {
  return path === undefined ? undefined : getLocal(operator).files.create(path, { replaces: options.force === true })
}

async function fetchCopy({ operator }: BackupCall, { id, sizeBytes }: BackupView, file: OutputFile): Promise<void> {
  const path = `/backups/${encodeURIComponent(id)}`
  try {
    let received = 0
    for await (const bytes of askBytes(operator, `${path}/content`)) {
      received += bytes.length
      await file.write(bytes)
    }
    if (received !== sizeBytes) throw new Error(`the copy has ${sizeBytes} bytes, and ${received} came: try again`)
    await file.finish()
  } finally {
    await file.discard()
    await ask(operator, path, { method: "DELETE" }).catch(() => undefined)
  }
}

async function copyBlobs({ deps, operator, printer }: BackupCall, to: string): Promise<BlobCopyReport | "interrupted"> {
  const { root, files } = getLocal(operator)
  const leaving = new AbortController()
  const forget = deps.onInterrupt(() => leaving.abort())
  try {
    return await files.copyBlobs({
      from: root,
      to,
      signal: leaving.signal,
      progress: (done) => printer.show({ kind: "blobs", subject: to, progress: { done, unit: "blobs" } }),
    })
  } catch (error) {
    if (!leaving.signal.aborted) throw error
    deps.err("berth: cancelled: what was copied stays, and the next time does the rest\n")
    return "interrupted"
  } finally {
    forget()
  }
}

/** Names sort as times do. */
function nameByTime({ createdAt }: BackupView): string {
  return `berth-${createdAt.slice(0, 19).replaceAll(/[-:]/g, "")}Z.db`
}

function describeJson(backup: BackupView, name: string, copied: BlobCopyReport | undefined): string {
  const { id, ...told } = backup
  return `${JSON.stringify({ backup: id, ...told, path: name, ...(copied !== undefined && { blobs: copied }) })}\n`
}

function describe(
  { counts, createdAt, sizeBytes }: BackupView,
  name: string,
  copied: BlobCopyReport | undefined,
): string {
  const lines = [
    `${name === "-" ? "the backup" : name}: ${printBytes(sizeBytes)}, as of ${createdAt}`,
    `${printCount(counts.repositories, "repository").replace(/ys$/, "ies")}, ${printCount(counts.tags, "tag")}, ${printCount(counts.manifests, "manifest")}, ${printCount(counts.blobs, "blob")} of ${printBytes(counts.blobBytes)}`,
  ]
  lines.push(
    copied === undefined
      ? "copy the blobs now: below docker/registry/v2/blobs of the data directory, within the grace period of gc"
      : `${printCount(copied.blobs, "blob")} of ${printBytes(copied.bytes)} are beside it`,
  )
  return lines.map((line) => `${line}\n`).join("")
}
