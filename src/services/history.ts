import type { Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import { fp } from "../failpoint.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { Tag } from "../domain/tag.ts"
import type {
  ChangeQuery,
  HistoryRecords,
  RestorationPreview,
  Restored,
  Restoring,
  TagChange,
} from "../ports/metadata/history.ts"
import type { RepositoryRecords } from "../ports/metadata/repositories.ts"
import type { TagRecords } from "../ports/metadata/tags.ts"
import type { Events } from "./events.ts"
import type { RequestContext } from "./request-context.ts"

/** Which earlier state of a tag is meant; nothing: the one before its last change. */
export interface TagChoice {
  digest?: Digest
  /** Epoch milliseconds. */
  at?: number
}

export interface TagName {
  repository: RepositoryName
  tag: Tag
}

/** `digest`: what the tag would name; `replaced`: what it names now, where that is something else. */
export type TagRestorationPreview = RestorationPreview & { digest: Digest; replaced?: Digest }

/** The previews change nothing, and throw what the restorations do. */
export interface History {
  /** The latest first. Throws NAME_UNKNOWN or TAG_UNKNOWN where nothing is on record of such a repository or tag. */
  list(repository: RepositoryName, query: ChangeQuery): Promise<{ items: TagChange[]; hasMore: boolean }>
  /**
   * Throws TAG_UNKNOWN where there is no such state on record, and MANIFEST_UNKNOWN where its bytes are gone. A tag that
   * names that already is not counted.
   */
  restoreTag(context: RequestContext, name: TagName, choice: TagChoice): Promise<Restored & { digest: Digest }>
  previewTag(name: TagName, choice: TagChoice): Promise<TagRestorationPreview>
  /** Brings back a deleted manifest with the tags that went with it. Throws MANIFEST_UNKNOWN. */
  restoreManifest(context: RequestContext, repository: RepositoryName, digest: Digest): Promise<Restored>
  previewManifest(repository: RepositoryName, digest: Digest): Promise<RestorationPreview>
  /** Brings back what the last deletion of the repository took. Throws NAME_UNKNOWN, or REQUEST_INVALID where it is there. */
  restoreRepository(context: RequestContext, repository: RepositoryName): Promise<Restored>
  previewRepository(repository: RepositoryName): Promise<RestorationPreview>
}

interface Chosen {
  digest: Digest
  lastChange?: number
}

/** Each that fails means that another change of the tag was made. */
const ATTEMPTS = 10

interface Dependencies {
  history: HistoryRecords
  tags: Pick<TagRecords, "find">
  repositories: Pick<RepositoryRecords, "exists">
  /** `undefined`: nobody is to be told of anything. */
  events?: Events | undefined
}

export function createHistory({ history, tags, repositories, events }: Dependencies): History {
  /** Who restores it, and what is told of it. */
  function describe(context: RequestContext, repository: RepositoryName): Restoring {
    return { actor: context.actor.id, ...events?.describeRestoration(context, repository) }
  }

  function conclude({ told, ...restored }: Restored): Restored {
    if (told !== undefined) events?.countRestored(told)
    return restored
  }

  async function explainManifest(repository: RepositoryName, digest: Digest): Promise<RegistryError> {
    if ((await history.findState(repository, digest)) === "gone") return goneForGood(repository, digest)
    return new RegistryError("REQUEST_INVALID", `${repository}@${digest} is not deleted`)
  }

  /** Whoever repeats a restoration that was cut off finds it at its end: nothing is lost. */
  async function explainRepository(repository: RepositoryName): Promise<RegistryError> {
    if (!(await repositories.exists(repository))) return cannotBeUndone(repository)
    return new RegistryError(
      "REQUEST_INVALID",
      `${repository} is not deleted, and nothing of an earlier deletion is left to restore: a restoration that was cut off has been carried to its end`,
    )
  }

  async function choose({ repository, tag }: TagName, { digest, at }: TagChoice): Promise<Chosen> {
    if (digest !== undefined) return { digest }
    if (at !== undefined) {
      const then = await history.findAt(repository, tag, at)
      if (then !== undefined) return { digest: then }
      throw new RegistryError(
        "TAG_UNKNOWN",
        `${repository}:${tag} was not there at that time, or that is not on record: berth tag history ${repository}:${tag} lists what is`,
      )
    }
    const [last, ...earlier] = (await history.list(repository, { tag, limit: 2 })).items
    if (last?.from !== undefined) return { digest: last.from, lastChange: last.id }
    // Which of the older states is meant nobody can tell: what a deletion took, or what was there before that.
    if (earlier.length > 0) throw choiceNeeded(repository, tag)
    const isThere = (await tags.find(repository, tag)) !== undefined
    const reason = isThere ? "has had one state only: there is nothing to go back to" : "was never there"
    throw new RegistryError("TAG_UNKNOWN", `${repository}:${tag} ${reason}`)
  }

  /** Where the tag names that already, which it did not before its last change: so it is told if no other comes between. */
  async function findSame({ repository, tag }: TagName, { digest, lastChange }: Chosen): Promise<Chosen | undefined> {
    if (lastChange !== undefined) return undefined
    const last = (await history.list(repository, { tag, limit: 1 })).items[0]?.id
    if ((await tags.find(repository, tag))?.digest !== digest) return undefined
    return { digest, ...(last !== undefined && { lastChange: last }) }
  }

  return {
    list: async (repository, query) => {
      const page = await history.list(repository, query)
      if (page.items.length > 0) return page
      if (!(await repositories.exists(repository)))
        throw new RegistryError("NAME_UNKNOWN", `nothing is on record of ${repository}`)
      const { tag, before } = query
      // A page after the last has nothing either, and of an old tag the record may have been forgotten.
      if (tag === undefined || before !== undefined || (await tags.find(repository, tag)) !== undefined) return page
      throw new RegistryError("TAG_UNKNOWN", `nothing is on record of ${repository}:${tag}`)
    },
    restoreTag: async (context, name, choice) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const chosen = await choose(name, choice)
        // Also then: of what the manifest names something may have been deleted by itself.
        const same = await findSame(name, chosen)
        const target = { ...name, ...(same ?? chosen) }
        const restored = await history.restoreTag(target, describe(context, name.repository))
        fp("history.restored")
        // Somebody has changed the tag meanwhile: what it named before that is something else.
        if (restored === "moved") continue
        if (restored !== undefined)
          return { ...conclude(restored), digest: chosen.digest, ...(same !== undefined && { tagCount: 0 }) }
        throw goneForGood(name.repository, chosen.digest)
      }
      throw new RegistryError("OVERLOADED", `${name.repository}:${name.tag} keeps changing: try again`)
    },
    previewTag: async (name, choice) => {
      const { digest } = await choose(name, choice)
      const current = (await tags.find(name.repository, name.tag))?.digest
      const preview = await history.previewTag({ ...name, digest })
      if (preview === undefined) throw goneForGood(name.repository, digest)
      if (current === digest) return { ...preview, digest, tagCount: 0, tags: [] }
      return { ...preview, digest, ...(current !== undefined && { replaced: current }) }
    },
    restoreManifest: async (context, repository, digest) => {
      const restored = await history.restoreManifest(repository, digest, describe(context, repository))
      fp("history.restored")
      if (restored !== undefined) return conclude(restored)
      throw await explainManifest(repository, digest)
    },
    previewManifest: async (repository, digest) => {
      const preview = await history.previewManifest(repository, digest)
      if (preview !== undefined) return preview
      throw await explainManifest(repository, digest)
    },
    restoreRepository: async (context, repository) => {
      // What is missing is looked for before: afterwards nothing tells what came back from what was there.
      const preview = await history.previewRepository(repository)
      const restored = preview && (await history.restoreRepository(repository, describe(context, repository)))
      fp("history.restored")
      if (preview === undefined || restored === undefined) throw await explainRepository(repository)
      const { missing, missingCount } = preview
      return { ...conclude(restored), missing, missingCount }
    },
    previewRepository: async (repository) => {
      const preview = await history.previewRepository(repository)
      if (preview === undefined) throw await explainRepository(repository)
      return preview
    },
  }
}

function choiceNeeded(repository: RepositoryName, tag: Tag): RegistryError {
  const name = `${repository}:${tag}`
  return new RegistryError(
    "TAG_UNKNOWN",
    `${name} named nothing before its last change: berth tag history ${name} lists what it has named, choose one of these with --digest`,
  )
}

function cannotBeUndone(repository: RepositoryName): RegistryError {
  return new RegistryError(
    "NAME_UNKNOWN",
    `there is no deletion of ${repository} that can be undone: none was made, or its grace period is over`,
  )
}

function goneForGood(repository: RepositoryName, digest: Digest): RegistryError {
  return new RegistryError(
    "MANIFEST_UNKNOWN",
    `${repository} has no manifest ${digest}, nor one that can be restored: berth why ${digest} tells what is known`,
  )
}
