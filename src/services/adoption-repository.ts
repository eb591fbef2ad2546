import type { Problem } from "../domain/adoption.ts"
import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import type { LinkKind, LinkTree } from "../ports/link-tree.ts"
import type { AdoptedBlob, AdoptedManifest, AdoptedTag, AdoptionRecords } from "../ports/metadata/adoption.ts"
import type { Pause } from "../ports/pause.ts"
import type { AdoptionContent } from "./adoption-content.ts"
import type { ItemAdoption } from "./adoption-item.ts"
import { chunksOf, createBatches, forEachAtOnce } from "./steps.ts"
import { surveyLinks, type Survey, type SurveyedLink } from "./adoption-survey.ts"
import type { Tally } from "./adoption-tally.ts"
import { fp } from "../failpoint.ts"

export interface RepositoryRun {
  /** Looks also at what the base has: only then is everything that is wrong found. */
  isFull: boolean
  tally: Tally
  signal: AbortSignal
  /** Between two steps. */
  pause: Pause
}

interface Dependencies {
  links: LinkTree
  store: Pick<BlobStore, "findSize">
  records: AdoptionRecords
  content: AdoptionContent
  items: ItemAdoption
}

/** Files that are read at once. */
const WIDTH = 8
/** Names that are looked up in one go. */
const CHUNK = 100
/** A batch holds the writing thread for some milliseconds. */
const BATCH = 500
const BATCH_BYTES = 2 * 1024 * 1024

type Surveys = Record<LinkKind, Survey>

/** Takes over one repository: manifests, then blobs, whose sizes these say, then tags, and at the end what is gone. */
export function createRepositoryAdoption({ links, store, records, content, items }: Dependencies) {
  /** Gives each link to `work`, with whether the base has it as it is. */
  async function forEachLink(
    repository: RepositoryName,
    { kind, survey, run }: { kind: LinkKind; survey: Survey; run: RepositoryRun },
    work: (link: SurveyedLink & { name: string; isKnown: boolean }) => Promise<void>,
  ): Promise<void> {
    for (const chunk of chunksOf([...survey.links.keys()], CHUNK)) {
      run.signal.throwIfAborted()
      const base = await records.findBase(repository, kind, chunk)
      await forEachAtOnce(chunk.entries(), WIDTH, async ([index, name]) => {
        const link = survey.links.get(name)
        if (link !== undefined) await work({ ...link, name, isKnown: base[index] === link.digest })
      })
      await run.pause()
      run.tally.advance({ repositories: 0, links: chunk.length })
    }
  }

  async function adoptManifests(repository: RepositoryName, surveys: Surveys, run: RepositoryRun): Promise<void> {
    const { tally } = run
    const children = new Set<Digest>()
    const batches = createBatches<AdoptedManifest>(BATCH_BYTES, async (batch) => {
      const changes = await records.mergeManifests(repository, batch, false)
      tally.counts.changes += changes
    })
    await forEachLink(repository, { kind: "manifest", survey: surveys.manifest, run }, async (link) => {
      if (link.isKnown && !run.isFull) return void tally.counts.manifests++
      const { item, problems } = await content.readManifest(repository, link)
      tally.report(problems)
      if (item === undefined) return
      tally.counts.manifests++
      tally.report(await findMissing(repository, item, surveys))
      if (link.isKnown) return
      await batches.push(item, item.sizeBytes + BATCH_BYTES / BATCH)
      for (const { kind, digest } of item.references) if (kind === "manifest") children.add(digest)
    })
    await batches.end()
    for (const chunk of chunksOf([...children], CHUNK)) await restoreForgotten(repository, chunk)
  }

  /** Of the children of new indexes: what was deleted here before, and may have had its turn already. */
  async function restoreForgotten(repository: RepositoryName, children: Digest[]): Promise<void> {
    const base = await records.findBase(repository, "manifest", children)
    for (const [index, child] of children.entries()) {
      if (base[index] === undefined) await items.restore(repository, child)
    }
  }

  /** What the manifest needs and the repository has no link to. */
  async function findMissing(
    repository: RepositoryName,
    { digest, references }: AdoptedManifest,
    surveys: Surveys,
  ): Promise<Problem[]> {
    const path = links.describe(repository, { kind: "manifest", name: digest })
    const problems: Problem[] = []
    for (const reference of references) {
      const isChild = reference.kind === "manifest"
      const survey = isChild ? surveys.manifest : surveys.blob
      if (!reference.isRequired || survey.links.has(reference.digest)) continue
      const isStored = !isChild && (await store.findSize({ digest: reference.digest, generation: 0 })) !== undefined
      const kind = isChild ? "manifest-incomplete" : isStored ? "blob-unlinked" : "blob-missing"
      problems.push({ kind, path, detail: reference.digest })
    }
    return problems
  }

  async function adoptBlobs(repository: RepositoryName, survey: Survey, run: RepositoryRun): Promise<void> {
    const { tally } = run
    const batches = createBatches<AdoptedBlob>(BATCH, async (batch) => {
      const changes = await records.mergeBlobs(repository, batch, false)
      tally.counts.changes += changes
    })
    await forEachLink(repository, { kind: "blob", survey, run }, async ({ digest, isKnown }) => {
      if (isKnown && !run.isFull) return void tally.counts.blobs++
      const { item, problems } = await content.readBlob(repository, digest)
      tally.report(problems)
      if (item === undefined) return
      tally.counts.blobs++
      if (!isKnown || item.isDamaged) await batches.push(item, 1)
    })
    await batches.end()
  }

  /** Gives the tags that name a manifest which is not there. */
  async function adoptTags(repository: RepositoryName, surveys: Surveys, run: RepositoryRun): Promise<Set<string>> {
    const { tally } = run
    const unresolved = new Set<string>()
    const batches = createBatches<AdoptedTag>(BATCH, (batch) => mergeTags(repository, batch, run))
    await forEachLink(repository, { kind: "tag", survey: surveys.tag, run }, async (link) => {
      const { digest, changedAt, isKnown } = link
      // One that the base has not, distribution cannot have deleted: it was never written there.
      const isGone = async () => (await records.findBase(repository, "manifest", [digest]))[0] !== undefined
      if (surveys.manifest.isAbsent(digest) && (!isKnown || (await isGone()))) {
        unresolved.add(link.name)
        const path = links.describe(repository, { kind: "tag", name: link.name })
        return tally.report([{ kind: "tag-unresolved", path, detail: digest }])
      }
      if (isKnown) return void tally.counts.tags++
      const tag = link.name as Tag
      const history = await links.listHistory(repository, tag)
      await batches.push({ tag, digest, changedAt, history }, 1 + history.length)
    })
    await batches.end()
    return unresolved
  }

  async function mergeTags(repository: RepositoryName, tags: AdoptedTag[], run: RepositoryRun): Promise<void> {
    const { tally } = run
    const first = await records.mergeTags(repository, tags)
    const again = tags.filter(({ tag }) => first.missing.includes(tag))
    for (const { digest } of again) await items.restore(repository, digest)
    const second = again.length > 0 ? await records.mergeTags(repository, again) : { ...first, changes: 0, missing: [] }
    tally.counts.tags += tags.length - second.missing.length
    tally.counts.changes += first.changes + second.changes
    const describe = (name: Tag) => links.describe(repository, { kind: "tag", name })
    tally.report(second.missing.map((tag) => ({ kind: "tag-unresolved", path: describe(tag) })))
    const conflicts = again.length > 0 ? [...first.conflicts, ...second.conflicts] : first.conflicts
    tally.report(
      conflicts.map(({ tag, isTaken }) => ({
        kind: "tag-conflict",
        path: describe(tag),
        detail: isTaken ? "what docker-registry has is kept" : "what berth has is kept",
      })),
    )
  }

  /** What the base has and the tree has no more, docker-registry has deleted. */
  async function dropAbsent(
    repository: RepositoryName,
    { kind, survey, run }: { kind: LinkKind; survey: Pick<Survey, "isAbsent" | "isLost">; run: RepositoryRun },
  ): Promise<void> {
    const { tally } = run
    let isFirst = true
    // A manifest may go once the index that names it has gone.
    for (let changes = -1; changes !== 0; isFirst = false) {
      changes = 0
      let last: string | undefined
      do {
        run.signal.throwIfAborted()
        const page = await records.listBase(repository, kind, { limit: CHUNK, ...(last !== undefined && { last }) })
        const lost = isFirst ? page.items.filter(survey.isLost) : []
        tally.report(lost.map((name) => ({ kind: "link-lost", path: links.describe(repository, { kind, name }) })))
        const absent = page.items.filter(survey.isAbsent)
        if (absent.length > 0) changes += await records.mergeAbsent(repository, kind, absent)
        last = page.hasMore ? page.items.at(-1) : undefined
        await run.pause()
      } while (last !== undefined)
      tally.counts.changes += changes
    }
  }

  return async (repository: RepositoryName, run: RepositoryRun): Promise<void> => {
    const survey = (kind: LinkKind) => surveyLinks(links, { repository, kind, run })
    const [tag, manifest, blob] = await Promise.all([survey("tag"), survey("manifest"), survey("blob")])
    const { tally } = run
    for (const { problems, skipped } of [tag, manifest, blob]) {
      tally.report(problems)
      tally.advance({ repositories: 0, links: skipped })
    }
    const surveys = { tag, manifest, blob }
    await adoptManifests(repository, surveys, run)
    fp("adoption.manifests")
    await adoptBlobs(repository, blob, run)
    fp("adoption.blobs")
    const unresolved = await adoptTags(repository, surveys, run)
    fp("adoption.tags")
    const isTagAbsent = (name: string) => tag.isAbsent(name) || unresolved.has(name)
    await dropAbsent(repository, { kind: "tag", survey: { ...tag, isAbsent: isTagAbsent }, run })
    await dropAbsent(repository, { kind: "manifest", survey: manifest, run })
    await dropAbsent(repository, { kind: "blob", survey: blob, run })
    const uploads = await links.countUploads(repository)
    tally.counts.uploads += uploads
    await tally.flush()
  }
}
