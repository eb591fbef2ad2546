import type { Mutant } from "./mutant.ts"
import { inEveryOrder, inStories, ofObjects } from "./tests.ts"

const UNTAGGED = "where untagged ones go: "

const NAMED_LINK_GOES = {
  file: "src/adapters/metadata/gc-reviews.ts",
  find: "if ((await connection.find(gcStatements.findReference, key)) !== undefined) return HELD",
  replace: "",
}

const CHILD_GOES = {
  file: "src/adapters/metadata/gc-families.ts",
  find: "tag !== null || index !== null",
  replace: "tag !== null",
}

const BY_FSCK = { file: "src/services/fsck.test.ts", test: "a run of the collector, whatever is waived, is no fault" }

/** Of the collector, and of what tells it that something is needed. */
export const gcMutants: readonly Mutant[] = [
  {
    bug: "that a client was told of a blob is not put on record",
    file: "src/services/touches.ts",
    find: "Math.abs(clock.now() - touchedAt) < renewAfterMs",
    replace: "touchedAt < Infinity",
    caughtBy: inStories("a layer that a client was told of is there when its image comes"),
  },
  {
    bug: "a client is told of a blob before that is on record",
    file: "src/services/blobs.ts",
    find: "if (!(await touches.renew(context, repository, blob))) throw unknownBlob(digest)",
    replace: "void touches.renew(context, repository, blob)",
    caughtBy: inEveryOrder("a blob is asked for while it is to be collected"),
  },
  {
    bug: "a run goes on though a pull meanwhile could not be put on record",
    file: "src/services/touches.ts",
    find: "if (!isRecorded()) return undefined",
    replace: "",
    caughtBy: {
      file: "src/services/touches.test.ts",
      test: "a layer that a client was told of in the middle of a run, which could not be put on record, stays",
    },
  },
  {
    bug: "the collector waits for one grace period, though what is told twice in one is put on record once",
    file: "src/services/gc.ts",
    find: "before(1.5 * graceSeconds)",
    replace: "before(graceSeconds)",
    caughtBy: inStories("a layer of which a client was told soon after its push is there when its image comes"),
  },
  {
    bug: "a link goes though a manifest names its blob",
    ...NAMED_LINK_GOES,
    caughtBy: inStories("an image stays whole however long nobody asks for it"),
  },
  {
    bug: "a link goes though a manifest names its blob, and fsck alone looks",
    ...NAMED_LINK_GOES,
    caughtBy: BY_FSCK,
  },
  {
    bug: "a link goes by the time at which it was queued, whoever was told of it since",
    file: "src/adapters/metadata/gc-reviews.ts",
    find: 'if (usedAt > step.touchedBefore) return { is: "later", since: usedAt }',
    replace: "",
    caughtBy: inStories("a layer that a client was told of again is there when its image comes"),
  },
  {
    bug: "a blob is condemned though another repository has it",
    file: "src/adapters/metadata/gc-reviews.ts",
    find: "if (live === undefined || (await isNeeded(connection, { digest, generation: live.generation }))) return HELD",
    replace: "if (live === undefined) return HELD",
    caughtBy: inStories("a blob stays for the repository that has it when another lets it go"),
  },
  {
    bug: "the end of one repository's link ends those of all",
    file: "src/adapters/metadata/gc-statements.ts",
    find: 'db.deleteFrom("link").where("repository", "=", p("repository")).where("digest", "=", p("digest")),',
    replace: 'db.deleteFrom("link").where("digest", "=", p("digest")),',
    caughtBy: inStories("a blob stays for the repository that has it when another lets it go"),
  },
  {
    bug: "the bytes of a manifest go with the first repository that lets it go",
    file: "src/adapters/metadata/gc-statements.ts",
    find: '.where((eb) => eb.not(eb.exists(eb.selectFrom("manifest").select("digest").where("digest", "=", p("digest"))))),',
    replace: ",",
    caughtBy: inStories("a manifest stays for the repository that has it when another deletes it"),
  },
  {
    bug: "a manifest goes that was deleted once and pushed again",
    file: "src/adapters/metadata/gc-reviews.ts",
    find: "if (row.deletedAt === null) return HELD\n  if (row.deletedAt > step.deletedBefore)",
    replace: "if ((row.deletedAt ?? 0) > step.deletedBefore)",
    caughtBy: inStories("a manifest that is pushed again after its deletion begins anew"),
  },
  {
    bug: "what a large manifest named is let go for its first step alone",
    file: "src/adapters/metadata/gc-reviews.ts",
    find: "else if (verdict.hasRest !== true)",
    replace: "else",
    caughtBy: {
      file: "src/adapters/metadata/metadata.test.ts",
      test: "metadata: in memory > gc: the end of a manifest > lets go of what it names in steps",
    },
  },
  {
    bug: "the children of an index are collected as untagged",
    ...CHILD_GOES,
    caughtBy: inStories(`${UNTAGGED}the children of an index stay`),
  },
  {
    bug: "the children of an index are collected as untagged, and fsck alone looks",
    ...CHILD_GOES,
    caughtBy: BY_FSCK,
  },
  {
    bug: "only indexes of one media type hold what they name",
    file: "src/domain/manifest.ts",
    find: "...manifest.manifests.map((child) => ({",
    replace: '...(manifest.mediaType.includes("docker") ? [] : manifest.manifests).map((child) => ({',
    caughtBy: inStories(`${UNTAGGED}the children of Docker's list stay, and those of an index of indexes`),
  },
  {
    bug: "what is said of an image is collected as untagged",
    file: "src/adapters/metadata/gc-families.ts",
    find: '.onRef("next.digest", "=", "step.subject"),',
    replace: '.on("next.digest", "is", null),',
    caughtBy: inStories(`${UNTAGGED}what is said of an image stays with it`),
  },
  {
    bug: "what is said of an image keeps it, and what is said of that does not",
    file: "src/adapters/metadata/gc-families.ts",
    find: '.onRef("referrer.subject", "=", "step.digest"),',
    replace: '.onRef("referrer.subject", "=", "step.digest").on("step.digest", "=", p("digest")),',
    caughtBy: inStories(`${UNTAGGED}an image stays with what is said of what is said of it`),
  },
  {
    bug: "what is said of an image keeps it by a name alone, and not by being pulled",
    file: "src/adapters/metadata/gc-families.ts",
    find: "Math.max(latest, createdAt,",
    replace: "latest !== 0 ? latest : Math.max(createdAt,",
    caughtBy: inStories(`${UNTAGGED}an image stays with what is said of it while that is pulled`),
  },
  {
    bug: "an image goes before what is said of it",
    file: "src/adapters/metadata/gc-families.ts",
    find: ".toReversed()",
    replace: "",
    caughtBy: {
      file: "src/adapters/metadata/metadata.test.ts",
      test: "metadata: in memory > gc: untagged manifests > go referrers first: of a family that is too large for one step, what is there has its subject",
    },
  },
  {
    bug: "an image and what is said of it go in two steps, between which somebody may tag it",
    file: "src/adapters/metadata/gc-reviews.ts",
    find: "if (isWhole && before > 0 && before + members.length > step.limit) return POSTPONED",
    replace: "if (before + members.length > step.limit) members.length = Math.min(members.length, 1)",
    caughtBy: {
      file: "src/adapters/metadata/metadata.test.ts",
      test: "metadata: in memory > gc: untagged manifests > go with all that belongs to them in one step, however full it is: at once false",
    },
  },
  {
    bug: "a tagged manifest is collected as untagged when nobody pulls it",
    file: "src/adapters/metadata/gc-families.ts",
    find: "tag !== null || index !== null",
    replace: "index !== null",
    caughtBy: inStories(`${UNTAGGED}a manifest is there when its tag comes, later than it`),
  },
  {
    bug: "a manifest that lost its tag counts as untagged since its push",
    file: "src/adapters/metadata/tags.ts",
    find: "await queueUntagged(connection, { repository, digest }, change.at)",
    replace: "await queueUntagged(connection, { repository, digest }, 0)",
    caughtBy: inStories(`${UNTAGGED}an image that lost its tag a while ago is there when it is tagged again`),
  },
  {
    bug: "condemned bytes go at once",
    file: "src/services/gc.ts",
    find: "Infinity : clock.now() - rules.sweepDelaySeconds * 1000",
    replace: "Infinity : clock.now()",
    caughtBy: ofObjects("of a condemned blob stays for the delay"),
  },
  {
    bug: "a new copy is stored under the key of the one that is being removed",
    file: "src/adapters/metadata/blobs.ts",
    find: "copies[0]?.generation ?? -1, orphans",
    replace: "(copies[0]?.generation ?? 0) - 1, orphans",
    caughtBy: inStories(
      "a layer that is given up is there when it is pushed again, and a late removal hits the dead copy",
    ),
  },
  {
    bug: "a new copy is stored under the key of an object that is about to go, for it has no row",
    file: "src/adapters/metadata/blobs.ts",
    find: "orphans[0]?.generation ?? -1",
    replace: "-1",
    caughtBy: ofObjects("that was seen without a row is not written over"),
  },
  {
    bug: "condemned copies are never given up",
    file: "src/adapters/metadata/gc.ts",
    find: "await connection.run(gcStatements.setState, { ...copy, ...next })",
    replace: "",
    caughtBy: inStories("a layer that is condemned is there when it is pushed again"),
  },
  {
    bug: "an object without a row goes when it is seen for the first time",
    file: "src/adapters/metadata/gc-walks.ts",
    find: "if (seen === undefined || seen.seenAt > seenBefore) return false",
    replace: "",
    caughtBy: ofObjects("without a row goes when it was seen twice"),
  },
  {
    bug: "an object without a row goes however young it is",
    file: "src/services/gc-walks.ts",
    find: "modifiedAt < now - graceMs",
    replace: "modifiedAt <= now",
    caughtBy: ofObjects("without a row stays while it is young"),
  },
  {
    bug: "objects that have a row are taken for objects without one",
    file: "src/adapters/metadata/gc-walks.ts",
    find: "if ((await connection.find(gcWalkStatements.findCopy, object)) !== undefined) return false",
    replace: "",
    caughtBy: inStories("an image stays whole however long nobody asks for it"),
  },
  {
    bug: "what is waived by hand is more than the grace period",
    file: "src/adapters/metadata/gc-reviews.ts",
    find: 'if (kind === "untagged" && step.untaggedBefore === undefined) return Promise.resolve(HELD)',
    replace: "",
    caughtBy: inStories("what is waived is the grace period alone"),
  },
  {
    bug: "collection does not wait for the take-over of a directory",
    file: "src/services/gc.ts",
    find: "return adoption.isSettled() ? undefined :",
    replace: "return adoption !== undefined ? undefined :",
    caughtBy: { file: "src/services/gc.test.ts", test: "nothing is collected > while a directory is being taken over" },
  },
  {
    bug: "what a backup brought back is collected at once, for it was deleted long ago",
    file: "src/services/gc.ts",
    find: "return clock.now() < end ? end : undefined",
    replace: "return clock.now() < 0 ? end : undefined",
    caughtBy: {
      file: "src/services/gc.test.ts",
      test: "what a backup brought back is not collected before a grace period has passed, unless it is asked for now",
    },
  },
  {
    bug: "undo brings back what was purged",
    file: "src/adapters/metadata/history-statements.ts",
    find: '.where((eb) => eb.or([eb("deleted_at", "is", null), eb("deleted_at", ">", eb.lit(0))])),',
    replace: ",",
    caughtBy: {
      file: "src/services/gc.test.ts",
      test: "a purge waives the grace period of the deletion alone: what a client was told of, or something else needs, stays",
    },
  },
]
