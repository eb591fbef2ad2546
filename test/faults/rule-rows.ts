import { DAMAGE, FULL, INJECTED, ORDER, PAIRS, POINTS, TRIPLES } from "./row-tests.ts"
import type { Row } from "./row.ts"

const GC = "src/services/gc.test.ts"
const RECORDS = "src/ports/metadata/gc.contract.ts"
const UNTAGGED = "src/ports/metadata/gc-untagged.contract.ts"

/** The rules of garbage collection. */
export const rules: readonly Row[] = [
  {
    id: "rule: a copy that is stored anew has a key of its own",
    tests: [`${RECORDS} > is left to the collector by an upload, which gets another key`, PAIRS],
    waitsFor: ["object stores"],
  },
  {
    id: "rule: what a client is told of is kept from then on",
    tests: [
      `${GC} > what a client was told of stays for another grace period at least`,
      "src/services/touches.test.ts > a client is not told of a layer that went while that could not be put on record",
      PAIRS,
    ],
  },
  {
    id: "rule: a manifest and what it names are judged in one transaction",
    tests: [PAIRS, TRIPLES, "test/conformance/manifest-references.test.ts > a missing layer"],
  },
  {
    id: "rule: nothing is condemned before its time",
    tests: [
      `${RECORDS} > a blob that no manifest names goes when the time has passed, and not a moment before`,
      `${RECORDS} > touch() begins the time anew`,
    ],
  },
  {
    id: "rule: bytes go after a second delay, and a crash in between is redone",
    tests: [
      `${GC} > garbage is condemned after one and a half grace periods, and its bytes go after the delay`,
      "src/services/gc-removal.test.ts > an object that cannot be removed is tried again by the next run",
      POINTS,
      INJECTED,
    ],
  },
  {
    id: "rule: in doubt nothing goes",
    tests: [
      `${GC} > of a repository in which something could not be read`,
      `${GC} > while a directory is being taken over`,
      `${RECORDS} > sight() gives up, at the second look, what has no row and what no link of distribution's names`,
      "src/services/gc-takeover.test.ts > everything, when a second look at the directory was broken off",
      "src/services/gc-takeover.test.ts > what a manifest of an unknown kind may name, and that manifest",
      "src/adapters/blob-store/filesystem/listing.test.ts > fails the listing instead of hiding what it holds",
    ],
  },
  {
    id: "rule: untagged manifests stay unless an age is named",
    tests: [
      `${UNTAGGED} > stay where that is wanted, and are marked after their time where it is not`,
      `${UNTAGGED} > stay while they are pulled`,
      `${UNTAGGED} > are counted from the restoration of a backup`,
    ],
  },
  {
    id: "rule: what counts as a use",
    tests: [
      `${RECORDS} > a blob that a manifest names stays, with the manifest, whatever its age`,
      `${RECORDS} > a blob stays while another repository has it`,
      `${RECORDS} > a deleted blob that a manifest names is gone for readers, and its bytes stay`,
      "test/conformance/deletion.test.ts > DELETE of a blob is 202, the blob is 404 at once",
      "src/ports/metadata/fsck.contract.ts > what was deleted on request is told of as that",
    ],
  },
  {
    id: "rule: what is deleted can be brought back, unless it is purged",
    tests: [
      "src/ports/metadata/history.contract.ts > what was restored is not collected",
      "src/ports/metadata/purge.contract.ts > a purged manifest cannot be restored",
      `${GC} > now: the grace period is waived and the delay is kept; alone: nothing is waited for`,
    ],
  },
  {
    id: "rule: steps are bounded, and each digest is looked at once",
    tests: [
      "test/faults/injected/diamond.test.ts > thirty levels of indexes",
      `${UNTAGGED} > of a family that stays are looked at once, however many they are`,
      "src/ports/metadata/gc-ends.contract.ts > lets go of what it names in steps of some hundred",
      "src/services/gc-listing.test.ts > a page ends where its manifests name much",
    ],
  },
]

/** What the runtime, the parser and the disk do to who does not know it. */
export const traps: readonly Row[] = [
  {
    id: "trap: a full disk that a writer does not tell of",
    tests: [FULL, "test/faults/disk-full.test.ts > nothing of what failed has become visible"],
  },
  {
    id: "trap: ranges that the runtime answers by itself",
    tests: [
      "test/conformance/blob-ranges.test.ts > Pulling blobs: Range",
      "src/domain/range.test.ts > every range lies within the stored bytes and is not empty, whatever the header",
    ],
  },
  {
    id: "trap: limits and times that are not set",
    tests: [
      "src/http/listener/minimum-rate.test.ts > a body that drips below the rate is given up",
      "src/http/listener/minimum-rate.test.ts > a slow body above the rate is read to its end",
      "test/conformance/bad-input/slow.ts > B92",
    ],
  },
  {
    id: "trap: a certificate that stays the old one",
    tests: ["src/http/listener/tls.test.ts > an upload under way goes on while the certificate is replaced"],
  },
  {
    id: "trap: two processes that write one database",
    tests: ["test/faults/lock.test.ts > a second server on the same directory is refused by name"],
  },
  { id: "trap: proxied bodies in memory", tests: [], waitsFor: ["mirrors"] },
  {
    id: "trap: a body that is cut off and counts as whole",
    tests: [
      "src/http/listener/minimum-rate.test.ts > is an interruption, not an end",
      "test/e2e/resumed-upload.test.ts > a chunk that was cut is kept as far as it came",
      "test/conformance/bad-input/uploads.ts > B47",
    ],
  },
  { id: "trap: bytes, name and directory in the wrong order", tests: [ORDER] },
  {
    id: "trap: a body without an end in memory",
    tests: [
      "test/faults/crowd.test.ts > slow and hostile clients hinder nobody",
      "test/faults/http2.test.ts > answers that nobody reads are bounded in memory",
    ],
  },
  {
    id: "trap: keys that come twice, and numbers beyond 2^53",
    tests: [
      "src/domain/manifest-hostile.test.ts > of duplicate keys the last one counts, in every place",
      "test/conformance/bad-input/manifests.ts > B24",
    ],
  },
  {
    id: "trap: one call that holds up all others",
    tests: [
      "src/services/catalog-steps.test.ts > lets others have their turn after every step",
      "test/faults/injected/diamond.test.ts > thirty levels of indexes",
    ],
  },
  {
    id: "trap: a sync that failed and is asked for again",
    tests: [
      "test/faults/storage-failure.test.ts > after a failed sync nothing is written until a probe could be synced",
      "src/adapters/blob-store/filesystem/upload-writer.test.ts > an upload whose sync failed begins anew",
      "src/adapters/metadata/sqlite/writer.test.ts > gives up a connection in doubt",
      DAMAGE,
    ],
  },
  {
    id: "trap: targets that the parser has changed or refuses before the program sees them",
    tests: [
      "test/conformance/bad-input/digests.ts > B17",
      "test/conformance/bad-input/framing.ts > B88",
      "test/conformance/bad-input/framing.ts > B91",
    ],
  },
]
