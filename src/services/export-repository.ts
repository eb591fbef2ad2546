import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { LinkKind, LinkTree } from "../ports/link-tree.ts"
import type { ExportedLink, ExportRecords } from "../ports/metadata/exports.ts"
import { forEachAtOnce } from "./adoption-steps.ts"
import type { ManifestExport } from "./export-manifests.ts"
import type { ExportReport } from "./exports.ts"

interface Dependencies {
  records: ExportRecords
  links: LinkTree
  content: ManifestExport
}

interface RepositoryRun {
  report: ExportReport
  signal: AbortSignal
  onProgress: () => void
}

/** Links that are written at once: each waits for the disk. */
const WIDTH = 16
const PAGE = 500
/** As many manifests a tag named before are written for distribution's own use. */
const HISTORY = 20

const COUNTERS = { tag: "tags", manifest: "manifests", blob: "blobs" } as const

/**
 * Exports one repository: content before what names it, so that distribution never finds a tag of nothing. The base is
 * noted after the links are durable: a crash in between leaves links that are as the metadata, which the next run notes.
 */
export function createRepositoryExport({ records, links, content }: Dependencies) {
  async function write(
    repository: RepositoryName,
    kind: LinkKind,
    { name, digest }: ExportedLink,
  ): Promise<"written" | "same"> {
    if (kind === "manifest") await content.ensure(digest)
    const key = { kind, name }
    const state = await links.read(repository, key)
    if (state.is === "link" && state.digest === digest) return "same"
    if (kind === "tag") {
      const history = await records.listHistory(repository, name as Tag, HISTORY)
      for (const each of history.toReversed()) await links.writeHistory(repository, name as Tag, each)
      if (!history.includes(digest)) await links.writeHistory(repository, name as Tag, digest)
    }
    await links.write(repository, key, digest)
    return "written"
  }

  async function writeAll(repository: RepositoryName, kind: LinkKind, run: RepositoryRun): Promise<void> {
    const { report, signal, onProgress } = run
    let last: string | undefined
    for (;;) {
      const page = await records.list(repository, kind, { limit: PAGE, ...(last !== undefined && { last }) })
      signal.throwIfAborted()
      await forEachAtOnce(page.items, WIDTH, async (link) => {
        if ((await write(repository, kind, link)) === "written") report.written++
        report[COUNTERS[kind]]++
      })
      await records.putBase(repository, kind, page.items)
      onProgress()
      last = page.items.at(-1)?.name
      if (!page.hasMore) return
    }
  }

  async function removeAll(repository: RepositoryName, kind: LinkKind, run: RepositoryRun): Promise<void> {
    const { report, signal } = run
    let last: string | undefined
    for (;;) {
      const page = await records.listGone(repository, kind, { limit: PAGE, ...(last !== undefined && { last }) })
      signal.throwIfAborted()
      await forEachAtOnce(page.items, WIDTH, (name) => links.remove(repository, { kind, name }))
      await records.deleteBase(repository, kind, page.items)
      report.removed += page.items.length
      last = page.items.at(-1)
      if (!page.hasMore) return
    }
  }

  return async (repository: RepositoryName, run: RepositoryRun): Promise<void> => {
    for (const kind of ["manifest", "blob", "tag"] as const) await writeAll(repository, kind, run)
    for (const kind of ["tag", "manifest", "blob"] as const) await removeAll(repository, kind, run)
  }
}
