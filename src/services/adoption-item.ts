import { isDigest, type Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import { isTag } from "../domain/tag.ts"
import type { LinkKey, LinkTree } from "../ports/link-tree.ts"
import type { AdoptedBlob, AdoptionRecords } from "../ports/metadata/adoption.ts"
import type { AdoptionContent } from "./adoption-content.ts"
import { chunksOf } from "./steps.ts"

/** Takes over one thing out of its turn. What is wrong with it is reported when its repository has its turn. */
export interface ItemAdoption {
  adopt(repository: RepositoryName, key: LinkKey): Promise<void>
  /** The manifest with all that it names, also where it was deleted here: what refers to it was changed since. */
  restore(repository: RepositoryName, digest: Digest): Promise<void>
}

interface Dependencies {
  links: LinkTree
  records: AdoptionRecords
  content: AdoptionContent
}

const BATCH = 200

export function createItemAdoption({ links, records, content }: Dependencies): ItemAdoption {
  async function adoptBlobs(repository: RepositoryName, digests: Digest[], isForced: boolean): Promise<void> {
    for (const chunk of chunksOf(digests, BATCH)) {
      const blobs: AdoptedBlob[] = []
      for (const digest of chunk) {
        if ((await links.read(repository, { kind: "blob", name: digest })).is !== "link") continue
        const { item } = await content.readBlob(repository, digest)
        if (item !== undefined) blobs.push(item)
      }
      await records.mergeBlobs(repository, blobs, isForced)
    }
  }

  async function adoptManifest(repository: RepositoryName, digest: Digest, walk: Walk): Promise<void> {
    if (walk.seen.has(digest)) return
    walk.seen.add(digest)
    const link = await links.read(repository, { kind: "manifest", name: digest })
    if (link.is !== "link") return
    const { item } = await content.readManifest(repository, link)
    if (item === undefined) return
    await records.mergeManifests(repository, [item], walk.isForced)
    const blobs = item.references.filter(({ kind }) => kind === "config" || kind === "layer")
    await adoptBlobs(
      repository,
      blobs.map((each) => each.digest),
      walk.isForced,
    )
    for (const child of item.references) {
      if (child.kind === "manifest") await adoptManifest(repository, child.digest, walk)
    }
  }

  async function adoptTag(repository: RepositoryName, name: string): Promise<void> {
    const link = await links.read(repository, { kind: "tag", name })
    if (link.is !== "link" || !isTag(name)) return
    const history = await links.listHistory(repository, name)
    const tag = { tag: name, digest: link.digest, changedAt: link.changedAt, history }
    const { missing } = await records.mergeTags(repository, [tag])
    if (missing.length === 0) return
    await adoptManifest(repository, link.digest, { isForced: true, seen: new Set() })
    await records.mergeTags(repository, [tag])
  }

  return {
    adopt: async (repository, { kind, name }) => {
      const { is } = await links.read(repository, { kind, name })
      if (is === "absent") await records.mergeAbsent(repository, kind, [name])
      if (is !== "link") return
      if (kind === "tag") return adoptTag(repository, name)
      if (!isDigest(name)) return
      if (kind === "blob") return adoptBlobs(repository, [name], false)
      await adoptManifest(repository, name, { isForced: false, seen: new Set() })
    },
    restore: (repository, digest) => adoptManifest(repository, digest, { isForced: true, seen: new Set() }),
  }
}

interface Walk {
  isForced: boolean
  seen: Set<Digest>
}
