import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { LinkKind, LinkTree } from "../ports/link-tree.ts"
import type { ExportedLink, ExportRecords } from "../ports/metadata/exports.ts"
import { forEachAtOnce } from "./steps.ts"
import type { BlobExport } from "./export-blobs.ts"
import type { ManifestExport } from "./export-manifests.ts"
import { fp } from "../failpoint.ts"

/** What an export found, and what it changed. */
export interface ExportReport {
  repositories: number
  tags: number
  manifests: number
  /** Links of repositories to blobs. */
  blobs: number
  /** Links that were written, because they were missing or said something else. */
  written: number
  /** Links that were removed, because what they named was deleted here. */
  removed: number
}

interface Dependencies {
  records: ExportRecords
  links: LinkTree
  content: ManifestExport
  blobContent: BlobExport
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
/** Whoever pushes without pause leaves something for the next export. */
const PASSES = 3

const COUNTERS = { tag: "tags", manifest: "manifests", blob: "blobs" } as const

/**
 * Exports one repository: content before what names it, so that distribution never finds a tag of nothing. What is about
 * to be written is announced first, and noted as the base once it is durable: whatever happens in between, and whatever is
 * pushed and deleted here meanwhile, the links are known to be ours.
 */
export function createRepositoryExport({ records, links, content, blobContent }: Dependencies) {
  async function isSame(repository: RepositoryName, kind: LinkKind, { name, digest }: ExportedLink): Promise<boolean> {
    if (kind === "manifest") await content.ensure(digest)
    if (kind === "blob") await blobContent.ensure(repository, digest)
    const state = await links.read(repository, { kind, name })
    return state.is === "link" && state.digest === digest
  }

  async function write(repository: RepositoryName, kind: LinkKind, { name, digest }: ExportedLink): Promise<void> {
    if (kind === "tag") {
      const history = await records.listHistory(repository, name as Tag, HISTORY)
      for (const each of history.toReversed()) await links.writeHistory(repository, name as Tag, each)
      if (!history.includes(digest)) await links.writeHistory(repository, name as Tag, digest)
    }
    await links.write(repository, { kind, name }, digest)
  }

  /** Gives whether there are tags left whose manifests were pushed since manifests were written. */
  async function writeAll(repository: RepositoryName, kind: LinkKind, run: RepositoryRun): Promise<boolean> {
    const { report, signal, onProgress } = run
    let hasLater = false
    let last: string | undefined
    for (;;) {
      const page = await records.list(repository, kind, { limit: PAGE, ...(last !== undefined && { last }) })
      last = page.items.at(-1)?.name
      signal.throwIfAborted()
      const items = kind === "tag" ? await listReady(repository, page.items) : page.items
      hasLater ||= items.length < page.items.length
      const changed: ExportedLink[] = []
      await forEachAtOnce(items, WIDTH, async (link) => {
        if (!(await isSame(repository, kind, link))) changed.push(link)
      })
      if (changed.length > 0) await records.announce(repository, kind, changed)
      fp("export.announced")
      await forEachAtOnce(changed, WIDTH, (link) => write(repository, kind, link))
      fp("export.linked")
      report.written += changed.length
      report[COUNTERS[kind]] += items.length
      await records.putBase(repository, kind, items)
      onProgress()
      if (!page.hasMore) return hasLater
    }
  }

  async function listReady(repository: RepositoryName, tags: ExportedLink[]): Promise<ExportedLink[]> {
    const digests = tags.map(({ digest }) => digest)
    const written = await records.findBase(repository, digests)
    return tags.filter(({ digest }) => written.has(digest))
  }

  async function removeAll(repository: RepositoryName, kind: LinkKind, run: RepositoryRun): Promise<void> {
    const { report, signal } = run
    let last: string | undefined
    for (;;) {
      const page = await records.listGone(repository, kind, { limit: PAGE, ...(last !== undefined && { last }) })
      signal.throwIfAborted()
      if (page.items.length > 0) await records.announce(repository, kind, { names: page.items })
      await forEachAtOnce(page.items, WIDTH, (name) => links.remove(repository, { kind, name }))
      fp("export.unlinked")
      await records.deleteBase(repository, kind, page.items)
      report.removed += page.items.length
      last = page.items.at(-1)
      if (!page.hasMore) return
    }
  }

  return async (repository: RepositoryName, run: RepositoryRun): Promise<void> => {
    const before = countLinks(run.report)
    const counted = { ...run.report }
    let hasLater = true
    for (let pass = 0; hasLater && pass < PASSES; pass++) {
      Object.assign(run.report, { ...counted, written: run.report.written })
      await writeAll(repository, "manifest", run)
      await writeAll(repository, "blob", run)
      hasLater = await writeAll(repository, "tag", run)
    }
    for (const kind of ["tag", "manifest", "blob"] as const) await removeAll(repository, kind, run)
    // distribution would go on listing one that was deleted here.
    if (countLinks(run.report) === before) await links.removeRepository(repository)
  }
}

function countLinks({ tags, manifests, blobs }: ExportReport): number {
  return tags + manifests + blobs
}
