import type { Mutant } from "./mutant.ts"
import { inEveryOrder, inStories } from "./tests.ts"

/** Of requests alone: tags, manifests, links, and what one of them keeps from another. */
export const tagMutants: readonly Mutant[] = [
  {
    bug: "what was read of a tag before a write is kept after it",
    file: "src/adapters/metadata/tag-cache.ts",
    find: "record !== undefined && changes === before && !changing.has(repository)",
    replace: "record !== undefined",
    caughtBy: inEveryOrder("a tag is read while it moves"),
  },
  {
    bug: "what is in memory of a tag is answered while a write to it is under way",
    file: "src/adapters/metadata/tag-cache.ts",
    find: "      repositories.delete(repository)\n      changing.set(repository, (changing.get(repository) ?? 0) + 1)\n      return write.finally(() => {",
    replace: "      return write.finally(() => {\n        repositories.delete(repository)",
    caughtBy: inEveryOrder("what a tag names is in memory while it is deleted"),
  },
  {
    bug: "a tag that is deleted stays in memory",
    file: "src/adapters/metadata/tags.ts",
    find: "const change = cache.change(repository, write(deleteTag, { repository, name, ...deletion }))",
    replace: "const change = write(deleteTag, { repository, name, ...deletion })",
    caughtBy: inStories("a tag that was read and is deleted is gone"),
  },
  {
    bug: "a manifest is accepted without its layers",
    file: "src/adapters/metadata/manifests.ts",
    find: "if (missing.length > 0 && manifest.checksReferences) return { missing }",
    replace: "",
    caughtBy: inStories("an image without its layers is refused"),
  },
  {
    bug: "whether an index has its manifests is asked before the transaction",
    file: "src/adapters/metadata/manifests.ts",
    find: "return (await connection.find(manifestStatements.find, key)) !== undefined",
    replace: "return true",
    caughtBy: inEveryOrder("an image is pushed while a layer of it is deleted"),
  },
  {
    bug: "tags outlive the manifest that is deleted by its digest",
    file: "src/adapters/metadata/manifests.ts",
    find: "const tags = await removeTagsOf(connection, key, change)",
    replace: "const tags: Tag[] = []",
    caughtBy: inStories("a tag goes alone, and a digest with all its tags"),
  },
  {
    bug: "the deletion of a tag takes its siblings along",
    file: "src/adapters/metadata/tags.ts",
    find: "await removeTag(connection, { ...key, digest: current.digest }, { actor, at })",
    replace: "await removeTagsOf(connection, { ...key, digest: current.digest }, { actor, at })",
    caughtBy: inStories("a tag goes alone, and a digest with all its tags"),
  },
  {
    bug: "the blobs of a deleted repository can still be read there",
    file: "src/adapters/metadata/repository-deletion.ts",
    find: "if (deletedAt === null) await connection.run(blobStatements.unlink, { repository, digest, at })",
    replace: "",
    caughtBy: inStories("nothing of a deleted repository is there"),
  },
  {
    bug: "a repository is looked at while a part of it is deleted",
    file: "src/adapters/metadata/repository-gate.ts",
    find: "if (repository === undefined || !works.has(repository)) return go()",
    replace: "if (repository !== null) return go()",
    caughtBy: {
      file: "src/adapters/metadata/metadata.test.ts",
      test: "metadata: in memory > repositories: one that is large > is deleted as a whole",
    },
  },
  {
    bug: "the tags of a deleted repository stay",
    file: "src/adapters/metadata/repository-deletion.ts",
    find: "await takeTag(connection, { repository, name, digest }, { actor, at })",
    replace: "",
    caughtBy: inStories("nothing of a deleted repository is there"),
  },
  {
    bug: "a mount does not look again whether the blob is there",
    file: "src/adapters/metadata/blobs.ts",
    find: "if (blob === undefined) return false",
    replace: "if (blob === undefined) {\n    await link(connection, { repository, digest }, at)\n    return true\n  }",
    caughtBy: inEveryOrder("a blob is mounted while it is to be collected"),
  },
  {
    bug: "the row of a blob is there before its bytes",
    file: "src/services/uploads.ts",
    find: "const { sizeBytes } = await store.complete(upload.id, { digest, generation })",
    replace:
      "await blobs.put({ digest, generation, sizeBytes: state.sizeBytes }, { repository: upload.repository })\n        const { sizeBytes } = await store.complete(upload.id, { digest, generation })",
    caughtBy: inEveryOrder("a blob is read while it is pushed"),
  },
  {
    bug: "a manifest that is pushed again after its deletion stays deleted",
    file: "src/adapters/metadata/manifest-statements.ts",
    find: 'deleted_at: eb.ref("excluded.deleted_at"),',
    replace: "",
    caughtBy: inStories("a manifest that is pushed again after its deletion begins anew"),
  },
  {
    bug: "a blob that is pushed again after its deletion stays deleted",
    file: "src/adapters/metadata/blob-statements.ts",
    find: 'deleted_at: eb.ref("excluded.deleted_at"),',
    replace: "",
    caughtBy: inStories("a layer that is pushed again after its deletion begins anew"),
  },
  {
    bug: "a page of referrers is made of two looks that differ",
    file: "src/adapters/metadata/referrers.ts",
    find: "if (looks < LOOKS && ",
    replace: "if (looks < 0 && ",
    caughtBy: {
      file: "src/adapters/metadata/referrers.test.ts",
      test: "a page is one that was: not without what went while it was read, and without what had come before that",
    },
  },
]
