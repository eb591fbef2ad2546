import type { RepositoryName } from "../domain/repository-name.ts"
import type { Ids } from "../ports/ids.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { LinkTree } from "../ports/link-tree.ts"
import type { ExportRecords } from "../ports/metadata/exports.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { BlobRecords } from "../ports/metadata/blobs.ts"
import type { Adoption } from "./adoption.ts"
import { createBlobExport } from "./export-blobs.ts"
import { createManifestExport } from "./export-manifests.ts"
import type { Gc } from "./gc.ts"
import { createRepositoryExport, type ExportReport } from "./export-repository.ts"

export interface ExportRun {
  signal: AbortSignal
  /** Links that were looked at. */
  progress: (done: number) => void
}

export interface Exports {
  /**
   * Makes distribution's links say what the metadata says, so that distribution can serve the directory. What it changed
   * there itself is taken over first, never overwritten. May be repeated, and cancelled: the next run does the rest.
   */
  run(run: ExportRun): Promise<ExportReport>
}

interface Dependencies {
  records: ExportRecords
  manifests: Pick<ManifestRecords, "findBytes">
  blobs: Pick<BlobRecords, "find">
  store: Pick<BlobStore, "findSize" | "append" | "complete" | "abort" | "copy">
  links: LinkTree
  ids: Ids
  adoption: Pick<Adoption, "runThen">
  gc: Pick<Gc, "hold">
}

const PAGE = 100

export function createExports(dependencies: Dependencies): Exports {
  const { records, adoption, gc } = dependencies
  const content = createManifestExport(dependencies)
  const blobContent = createBlobExport(dependencies)
  const exportRepository = createRepositoryExport({ ...dependencies, content, blobContent })

  async function* listRepositories(): AsyncGenerator<RepositoryName> {
    let last: RepositoryName | undefined
    for (;;) {
      const page = await records.listRepositories({ limit: PAGE, ...(last !== undefined && { last }) })
      yield* page.items
      last = page.items.at(-1)
      if (!page.hasMore) return
    }
  }

  async function exportAll({ signal, progress }: ExportRun): Promise<ExportReport> {
    const report: ExportReport = { repositories: 0, tags: 0, manifests: 0, blobs: 0, written: 0, removed: 0 }
    const onProgress = () => progress(report.tags + report.manifests + report.blobs)
    for await (const repository of listRepositories()) {
      await exportRepository(repository, { report, signal, onProgress })
      report.repositories++
    }
    return report
  }

  return {
    run: async (run) => {
      // What is collected meanwhile could be what a link is about to name.
      const release = await gc.hold("an export, which is under way")
      try {
        return await adoption.runThen(run.signal, () => exportAll(run))
      } finally {
        release()
      }
    },
  }
}
