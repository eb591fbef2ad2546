import { constants } from "node:fs"
import { copyFile, link, rename, rm, stat } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import type { Page } from "../../domain/page.ts"
import type { BlobPageRequest, StoredBlob } from "../../ports/blob-store.ts"
import type { BlobCopy, BlobCopyReport } from "../../ports/local-files.ts"
import { createDiskFiles } from "../files/disk.ts"
import { ensureDirectory } from "../files/ensure-directory.ts"
import { syncFile } from "../files/sync-file.ts"

/** The stored blobs of a data directory, and where one of them is below it. */
export interface BlobLister {
  /** Of one iteration; page for page. */
  list(root: string): (page: BlobPageRequest) => Promise<Page<StoredBlob>>
  pathOf(root: string, blob: StoredBlob): string
}

const PAGE = 256
/** Files that are copied at once: each waits for a disk. */
const WIDTH = 8
/** Another file system, or one that has no links, or no more of them. */
const NO_LINK = new Set<unknown>(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "EACCES"])

/** Only adds: a stored blob never changes, so what is there with its size is right. May be repeated, which does the rest. */
export async function copyBlobs(copy: BlobCopy, blobs: BlobLister): Promise<BlobCopyReport> {
  const { from, to, signal, progress } = copy
  const report: BlobCopyReport = { blobs: 0, bytes: 0, copied: 0, linked: 0 }
  const list = blobs.list(from)
  for (let after: StoredBlob | undefined, hasMore = true; hasMore;) {
    const page = await list({ limit: PAGE, ...(after !== undefined && { after }) })
    const changed = new Set<string>()
    for (let start = 0; start < page.items.length; start += WIDTH) {
      signal.throwIfAborted()
      await Promise.all(
        page.items.slice(start, start + WIDTH).map(async (blob) => {
          const target = blobs.pathOf(to, blob)
          const outcome = await copyOne(blobs.pathOf(from, blob), target, blob.sizeBytes)
          if (outcome === "gone") return
          report.blobs++
          report.bytes += blob.sizeBytes
          if (outcome === "there") return
          report.copied++
          if (outcome === "linked") report.linked++
          changed.add(dirname(target))
        }),
      )
      progress(report.blobs)
    }
    for (const directory of changed) await createDiskFiles().syncDirectory(directory)
    after = page.items.at(-1)
    hasMore = page.hasMore
  }
  return report
}

async function copyOne(from: string, to: string, sizeBytes: number): Promise<"there" | "linked" | "copied" | "gone"> {
  if ((await stat(to).catch(() => undefined))?.size === sizeBytes) return "there"
  await ensureDirectory(createDiskFiles(), dirname(to))
  // Of this object alone: others of the same digest stand in the same directory, and are copied at the same time.
  const partial = join(dirname(to), `.${basename(to)}.partial`)
  await rm(partial, { force: true })
  try {
    const isLinked = await link(from, partial).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && "code" in error && NO_LINK.has(error.code)) return false
        throw error
      },
    )
    if (!isLinked) {
      await copyFile(from, partial, constants.COPYFILE_FICLONE)
      await syncFile(partial)
    }
    await rename(partial, to)
    return isLinked ? "linked" : "copied"
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    // Collected since it was listed.
    if (isAbsent(error) && (await stat(from).catch(isAbsent)) === true) return "gone"
    throw error
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}
