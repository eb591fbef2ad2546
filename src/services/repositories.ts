import { RegistryError } from "../domain/errors.ts"
import type { Page, PageRequest } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type { HistoryRecords } from "../ports/metadata/history.ts"
import type { RepositoryRecords } from "../ports/metadata/repositories.ts"
import type { TagRecords } from "../ports/metadata/tags.ts"
import type { Pause } from "../ports/pause.ts"
import type { Adoption } from "./adoption.ts"
import type { Job, Jobs } from "./jobs.ts"
import type { Events } from "./events.ts"
import type { RequestContext } from "./request-context.ts"
import { tallyAll, tallyBlobs } from "./tally.ts"

/** What an operator sees of a repository. */
export interface RepositorySummary {
  name: RepositoryName
  tagCount: number
  manifestCount: number
  /** Of all its blobs, each counted once. */
  sizeBytes: number
  /** Epoch ms; `undefined`: it has no tag. */
  lastPushedAt: number | undefined
}

export interface RepositoryPage extends Page<RepositorySummary> {
  /** Whether some may be missing: a directory is being taken over. */
  isPartial: boolean
}

/** What goes with something, and what garbage collection can free afterwards. */
export interface DeletionPreview {
  tagCount: number
  /** The first of them. */
  tags: Tag[]
  manifestCount: number
  /** With a purge: manifests that are deleted already, and go for good as well. */
  deletedCount: number
  /** Blobs that nothing else uses. */
  blobCount: number
  freeableBytes: number
}

export interface Repositories {
  /** Those that have content, in byte order. Costs a step for every 1,000 blobs and tags of the page. */
  list(page: PageRequest): Promise<RepositoryPage>
  /** Throws NAME_UNKNOWN. */
  previewDeletion(repository: RepositoryName, how?: DeletionWay): Promise<DeletionPreview>
  /** Begins the job that deletes it, with all its tags and manifests. Throws NAME_UNKNOWN or JOB_RUNNING. */
  delete(context: RequestContext, repository: RepositoryName, how?: DeletionWay): Promise<Job>
}

export interface DeletionWay {
  /** None of it can be restored afterwards, nor what was deleted before; the repository may be deleted already. */
  isPurge: boolean
}

type Counts = Pick<DeletionPreview, "manifestCount" | "deletedCount">

interface Dependencies {
  repositories: RepositoryRecords
  history: Pick<HistoryRecords, "tallyDeleted">
  tags: Pick<TagRecords, "list">
  jobs: Jobs
  pause: Pause
  adoption: Pick<Adoption, "isPartial">
  /** `undefined`: nobody is to be told of anything. */
  events?: Events | undefined
}

const SHOWN_TAGS = 100

const UNDOABLE: DeletionWay = { isPurge: false }

export function createRepositories(dependencies: Dependencies): Repositories {
  const { repositories, history, tags, jobs, pause, adoption, events } = dependencies

  async function summarize(name: RepositoryName, manifestCount: number): Promise<RepositorySummary> {
    let tagCount = 0
    let lastPushedAt: number | undefined
    await tallyAll(
      pause,
      (step) => repositories.tallyTags(name, step),
      (part) => {
        tagCount += part.count
        if (part.lastPushedAt !== undefined) lastPushedAt = Math.max(lastPushedAt ?? 0, part.lastPushedAt)
      },
    )
    const blobs = await tallyBlobs(pause, (step) => repositories.tallyBlobs(name, step))
    return { name, tagCount, manifestCount, sizeBytes: blobs.bytes, lastPushedAt }
  }

  async function count(repository: RepositoryName, how: DeletionWay): Promise<Counts> {
    const before = await repositories.findManifestCount(repository)
    const deletedCount = await countDeleted(repository, how)
    // What was deleted may have come back while it was counted.
    const manifestCount = before ?? (how.isPurge ? await repositories.findManifestCount(repository) : undefined)
    if (manifestCount !== undefined || deletedCount > 0) return { manifestCount: manifestCount ?? 0, deletedCount }
    throw new RegistryError("NAME_UNKNOWN", `there is no repository ${repository}`, { detail: { name: repository } })
  }

  /** What a purge takes besides what is there. */
  async function countDeleted(repository: RepositoryName, { isPurge }: DeletionWay): Promise<number> {
    let sum = 0
    if (!isPurge) return sum
    await tallyAll(
      pause,
      (step) => history.tallyDeleted(repository, step),
      (part) => (sum += part.count),
    )
    return sum
  }

  return {
    list: async (page) => {
      const isPartial = adoption.isPartial()
      const { items: names, hasMore } = await repositories.list(page)
      const items: RepositorySummary[] = []
      for (const name of names) {
        items.push(await summarize(name, (await repositories.findManifestCount(name)) ?? 0))
        await pause()
      }
      return { items, hasMore, isPartial }
    },
    previewDeletion: async (repository, how = UNDOABLE) => {
      const { manifestCount, deletedCount } = await count(repository, how)
      const { tagCount } = await summarize(repository, manifestCount)
      const blobs = await tallyBlobs(pause, (step) => repositories.tallyOwnBlobs(repository, step))
      const { items } = await tags.list(repository, { limit: SHOWN_TAGS })
      const counts = { tagCount, manifestCount, deletedCount, blobCount: blobs.count }
      return { ...counts, tags: items, freeableBytes: blobs.bytes }
    },
    delete: async (context, repository, how = UNDOABLE) => {
      const { manifestCount: total } = await count(repository, how)
      return jobs.start(
        {
          kind: "repository-delete",
          subject: repository,
          unit: "manifests",
          run: async ({ progress }) => {
            progress({ done: 0, total })
            const deleted = await repositories.delete(repository, {
              actor: context.actor.id,
              isPurge: how.isPurge,
              ...events?.describeRepositoryDelete(context, repository),
            })
            progress({ done: total, total })
            return deleted ?? { tagCount: 0, manifestCount: 0 }
          },
        },
        context.actor.id,
      )
    },
  }
}
