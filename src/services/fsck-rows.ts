import type { Digest } from "../domain/digest.ts"
import type { Finding, FindingKind } from "../domain/fsck.ts"
import { readStoredManifest } from "../domain/stored-manifest.ts"
import type { FsckRecords, RowFinding } from "../ports/metadata/fsck.ts"
import type { ManifestRecords } from "../ports/metadata/manifests.ts"
import type { ManifestRules } from "./manifests.ts"

/** What a run has found so far. */
export interface Findings {
  add(finding: Finding): void
  /** Digests whose copies this run has taken out of service. */
  readonly aside: Set<string>
  /** An object of which nothing can be said yet. */
  addYoung(): void
}

export interface RowDependencies {
  records: FsckRecords
  manifests: Pick<ManifestRecords, "findBytes">
  rules: Pick<ManifestRules, "requiredPlatforms">
}

export interface RowRun {
  /** Mends what can be mended without a loss; otherwise it is only told of. */
  isRepair: boolean
  signal: AbortSignal
}

/** Tells what the tables say of each other, and mends what can be mended. */
export function createRowFindings({ records, manifests, rules }: RowDependencies) {
  /** A layer that is to be got elsewhere, as those of Windows are, is not missing. */
  async function isRequired(manifest: Digest, digest: string): Promise<boolean> {
    const bytes = await manifests.findBytes(manifest)
    const parsed = bytes && readStoredManifest(bytes, Infinity)
    return parsed?.references.find((reference) => reference.digest === digest)?.isRequired !== false
  }

  async function judge({ kind, name, manifest }: RowFinding): Promise<FindingKind | undefined> {
    if (kind === "child-missing" && rules.requiredPlatforms !== "all") return "index-partial"
    const isContent = kind === "reference-missing" || kind === "link-missing"
    if (isContent && manifest !== undefined && !(await isRequired(manifest, name))) return undefined
    return kind
  }

  async function mend({ kind, repository, name }: RowFinding): Promise<Finding["repair"]> {
    if (repository === "") return undefined
    if (kind === "manifest-count") await records.recount(repository)
    if (kind === "link-missing") return (await records.relink(repository, name as Digest)) ? "done" : "failed"
    return "done"
  }

  return async ({ signal, isRepair }: RowRun, findings: Findings): Promise<void> => {
    const inspection = await records.inspect(signal)
    for (const row of inspection.findings) {
      signal.throwIfAborted()
      const kind = await judge(row)
      if (kind === undefined) continue
      const canMend = kind === "manifest-count" || kind === "link-missing"
      const repair = !canMend ? undefined : isRepair ? await mend(row) : "possible"
      const { repository, name, manifest } = row
      const subject = name === repository || repository === "" ? name : `${repository} ${name}`
      findings.add({ kind, subject, ...(manifest && { detail: `of ${manifest}` }), ...(repair && { repair }) })
    }
  }
}
