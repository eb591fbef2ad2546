import type { Page, PageRequest } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { RepositoryRecords, TallyStep } from "../ports/metadata/repositories.ts"
import type { Pause } from "../ports/pause.ts"

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

export interface Repositories {
  /** Those that have content, in byte order. Costs a step for every 1,000 blobs and tags of the page. */
  list(page: PageRequest): Promise<Page<RepositorySummary>>
}

interface Dependencies {
  repositories: RepositoryRecords
  pause: Pause
}

const STEP = 1000

export function createRepositories({ repositories, pause }: Dependencies): Repositories {
  /** Between the steps other requests have their turn. */
  async function tally<Part extends { next: string | undefined }>(
    read: (step: TallyStep) => Promise<Part>,
    add: (part: Part) => void,
  ): Promise<void> {
    let after = ""
    for (;;) {
      const part = await read({ after, limit: STEP })
      add(part)
      if (part.next === undefined) return
      after = part.next
      await pause()
    }
  }

  async function summarize(name: RepositoryName): Promise<RepositorySummary> {
    const summary: RepositorySummary = {
      name,
      tagCount: 0,
      manifestCount: (await repositories.findManifestCount(name)) ?? 0,
      sizeBytes: 0,
      lastPushedAt: undefined,
    }
    await tally(
      (step) => repositories.tallyTags(name, step),
      ({ count, lastPushedAt }) => {
        summary.tagCount += count
        if (lastPushedAt !== undefined) summary.lastPushedAt = Math.max(summary.lastPushedAt ?? 0, lastPushedAt)
      },
    )
    await tally(
      (step) => repositories.tallyBlobs(name, step),
      ({ bytes }) => {
        summary.sizeBytes += bytes
      },
    )
    return summary
  }

  return {
    list: async (page) => {
      const { items: names, hasMore } = await repositories.list(page)
      const items: RepositorySummary[] = []
      for (const name of names) {
        items.push(await summarize(name))
        await pause()
      }
      return { items, hasMore }
    },
  }
}
