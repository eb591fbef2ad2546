import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { LinkKey, LinkKind } from "../ports/link-tree.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import type { Adoption } from "./adoption.ts"

const tagKey = (name: string): LinkKey => ({ kind: "tag", name })
const manifestKey = (name: Digest): LinkKey => ({ kind: "manifest", name })
const blobKey = (name: Digest): LinkKey => ({ kind: "blob", name })

/**
 * The metadata as it is while a directory is being taken over: what a call asks for is taken over before it is answered.
 * Once all is, this costs a look at a variable.
 */
export function createAdoptingMetadata(metadata: Metadata, adoption: Pick<Adoption, "ensure">): Metadata {
  const { blobs, history, manifests, referrers, repositories, tags } = metadata

  /** Waits for nothing in the usual case, so that a look-up stays as quick as it is. */
  function after<T>(repository: RepositoryName, key: LinkKey | undefined, read: () => Promise<T>): Promise<T> {
    const wait = adoption.ensure(repository, key)
    return wait === undefined ? read() : wait.then(read)
  }

  return {
    ...metadata,
    blobs: {
      ...blobs,
      find: (repository, digest) => after(repository, blobKey(digest), () => blobs.find(repository, digest)),
      mount: (digest, mount) => after(mount.from, blobKey(digest), () => blobs.mount(digest, mount)),
      unlink: (repository, digest, deletion) =>
        after(repository, blobKey(digest), () => blobs.unlink(repository, digest, deletion)),
    },
    history: {
      ...history,
      list: (repository, query) => after(repository, undefined, () => history.list(repository, query)),
      findAt: (repository, tag, at) => after(repository, tagKey(tag), () => history.findAt(repository, tag, at)),
      previewTag: (target) => after(target.repository, undefined, () => history.previewTag(target)),
      restoreTag: (target, restoring) =>
        after(target.repository, undefined, () => history.restoreTag(target, restoring)),
    },
    manifests: {
      ...manifests,
      find: (repository, digest) => after(repository, manifestKey(digest), () => manifests.find(repository, digest)),
      put: async (manifest) => {
        const { repository } = manifest
        for (const tag of manifest.tags) await adoption.ensure(repository, tagKey(tag))
        const first = await manifests.put(manifest)
        if (first.missing.length === 0) return first
        for (const { kind, digest } of first.missing) await adoption.ensure(repository, keyOfReference(kind, digest))
        return manifests.put(manifest)
      },
      // Its tags go with it: all of them have to be known.
      delete: (repository, digest, deletion) =>
        after(repository, undefined, () => manifests.delete(repository, digest, deletion)),
    },
    referrers: {
      list: (repository, subject, query) =>
        after(repository, undefined, () => referrers.list(repository, subject, query)),
    },
    repositories: {
      ...repositories,
      findManifestCount: (repository) => after(repository, undefined, () => repositories.findManifestCount(repository)),
      exists: (repository) => after(repository, undefined, () => repositories.exists(repository)),
      delete: (repository, deletion) => after(repository, undefined, () => repositories.delete(repository, deletion)),
    },
    tags: {
      ...tags,
      find: (repository, tag) => after(repository, tagKey(tag), () => tags.find(repository, tag)),
      list: (repository, page) => after(repository, undefined, () => tags.list(repository, page)),
      listDetails: (repository, page) => after(repository, undefined, () => tags.listDetails(repository, page)),
      listOfManifest: (repository, digest, page) =>
        after(repository, undefined, () => tags.listOfManifest(repository, digest, page)),
      delete: (repository, tag, deletion) =>
        after(repository, tagKey(tag), () => tags.delete(repository, tag, deletion)),
    },
  }
}

function keyOfReference(kind: "config" | "layer" | "manifest" | "subject", digest: Digest): LinkKey {
  const link: LinkKind = kind === "manifest" || kind === "subject" ? "manifest" : "blob"
  return { kind: link, name: digest }
}
