import type { Mutant } from "./mutant.ts"
import { inEveryOrder, inStories } from "./tests.ts"

const UNTAGGED = "where untagged ones go: "

/** Of what brings back what was deleted. */
export const undoMutants: readonly Mutant[] = [
  {
    bug: "a tag goes back to what it named before a change that nobody looked at",
    file: "src/adapters/metadata/history.ts",
    find: 'if (latest?.id !== lastChange) return "moved"',
    replace: "",
    caughtBy: inEveryOrder("a tag is deleted while it goes back"),
  },
  {
    bug: "what a tag named before it was restored stays in memory",
    file: "src/adapters/metadata/history.ts",
    find: "cache.change(target.repository, write(restoreTag, { ...target, ...restoring }))",
    replace: "write(restoreTag, { ...target, ...restoring })",
    caughtBy: inStories("a tag that was moved or deleted goes back"),
  },
  {
    bug: "what comes back of a repository is as old as it was",
    file: "src/adapters/metadata/history-statements.ts",
    find: '.set({ deleted_at: null, touched_at: p("at") })',
    replace: ".set({ deleted_at: null })",
    caughtBy: inStories("what nothing names of a repository stays for another grace period when it comes back"),
  },
  {
    bug: "an index comes back without its images",
    file: "src/adapters/metadata/history.ts",
    find: 'reference.kind === "manifest" ? await bringChildBack(walk, named) :',
    replace: 'reference.kind === "manifest" ? true :',
    caughtBy: inStories("an index comes back with its images, and a layer that was deleted besides"),
  },
  {
    bug: "an image comes back without a layer that was deleted by itself",
    file: "src/adapters/metadata/history.ts",
    find: ": await bringLinkBack(connection, named, at)",
    replace: ": true",
    caughtBy: inStories("an index comes back with its images, and a layer that was deleted besides"),
  },
  {
    bug: "an image that comes back is as old as when it was deleted",
    file: "src/adapters/metadata/history.ts",
    find: "await queueUntagged(connection, content, at)",
    replace: "",
    caughtBy: inStories(`${UNTAGGED}one that was collected comes back, and its time begins anew`),
  },
  {
    bug: "an image without a tag that is pushed again is as old as before",
    file: "src/adapters/metadata/manifests.ts",
    find: "if (tags.length === 0) await queueUntagged(",
    replace: "if (tags.length === 0 && stored === undefined) await queueUntagged(",
    caughtBy: inStories(`${UNTAGGED}one that is pushed again stays as long as a new one`),
  },
  {
    bug: "a tag that was pushed since goes back when its repository does",
    file: "src/adapters/metadata/repository-restoration.ts",
    find: "if (current !== null) {",
    replace: "if (current !== null && digest === null) {",
    caughtBy: inStories("a repository comes back with what nothing named, and what was pushed again since stays"),
  },
  {
    bug: "the restoration of a repository that was cut off is forgotten",
    file: "src/adapters/metadata/repository-gate.ts",
    find: "return () => write(proceedRestoration, { repository, stepRows })",
    replace: "return undefined",
    caughtBy: {
      file: "src/adapters/metadata/repository-gate.test.ts",
      test: "a restoration that was cut off comes to its end at the next start, and each tag is told of once",
    },
  },
  {
    bug: "a purge of a repository leaves what was deleted in it before",
    file: "src/adapters/metadata/repository-deletion.ts",
    find: "if (isPurge === 1 && (await endUndo(connection, key))) step.purgedCount++",
    replace: "if (isPurge === 1 && deletedAt === null && (await endUndo(connection, key))) step.purgedCount++",
    caughtBy: inStories("nothing of a purged repository comes back, nor what was deleted in it before"),
  },
  {
    bug: "a purge that was cut off goes on as a deletion that can be undone",
    file: "src/adapters/metadata/repository-deletion.ts",
    find: ": advance(connection, unfinished, stepRows)",
    replace: ": advance(connection, { ...unfinished, isPurge: 0 }, stepRows)",
    caughtBy: {
      file: "src/adapters/metadata/repository-gate.test.ts",
      test: "a purge that was cut off comes to its end at the next start, and nothing of it can be brought back",
    },
  },
  {
    bug: "what was deleted in the same millisecond counts as deleted at once",
    file: "src/adapters/metadata/deletion-moment.ts",
    find: "return Math.max(now, (removal?.at ?? -1) + 1, (untagging?.at ?? -1) + 1)",
    replace: "return now",
    caughtBy: {
      file: "src/adapters/metadata/metadata.test.ts",
      test: "metadata: in memory > history > what others deleted in the same millisecond does not come back with it",
    },
  },
  {
    bug: "a manifest that is there is deleted by a purge, and can be brought back",
    file: "src/adapters/metadata/manifests.ts",
    find: "deletion.isPurge === true && (await",
    replace: "deletion.isPurge === true && tags === undefined && (await",
    caughtBy: {
      file: "src/adapters/metadata/metadata.test.ts",
      test: "metadata: in memory > purges > nobody brings a manifest back between its deletion and its purge",
    },
  },
]
