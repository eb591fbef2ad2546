import type { Row } from "./row.ts"
import { rules, traps } from "./rule-rows.ts"
import {
  BUGS,
  COURIERS,
  CROWD,
  DAMAGE,
  DATABASE,
  FULL,
  HISTORIES,
  INJECTED,
  KILL,
  MODEL,
  ORDER,
  PAIRS,
  POINTS,
  POWER,
  RESTORE,
  ROUTES,
  ROWS,
  SAME_REFUSAL,
  SOAK,
  SYSTEM_CALLS,
  TRIPLES,
} from "./row-tests.ts"

const promises: readonly Row[] = [
  { id: "D1", tests: [KILL, POWER, POINTS, SYSTEM_CALLS, ORDER, DATABASE] },
  { id: "D2", tests: [ORDER, "test/faults/durable-order.test.ts > is found out"], waitsFor: ["object stores"] },
  { id: "D3", tests: [KILL, POWER, POINTS, INJECTED, BUGS] },
  {
    id: "D4",
    tests: [
      DAMAGE,
      "test/operations/scrub.test.ts > a damaged blob is found by a pass, reported, refused everywhere",
      "test/operations/scrub.test.ts > after a kill, what was written last is compared first",
      "test/operations/scrub.test.ts > with verifyreads no answer with a flipped bit comes to its end",
    ],
  },
  { id: "D5", tests: [DAMAGE, "src/services/scrub.test.ts > repaired for every repository by a push"] },
  {
    id: "D6",
    tests: [
      FULL,
      "test/faults/disk-full.test.ts > once there is room again pushes work without a restart",
      "test/faults/storage-failure.test.ts > after a failed sync nothing is written until a probe could be synced",
      "test/faults/injected/recovery.test.ts > fails pushes alone, and once it has passed they succeed",
      "src/adapters/blob-store/filesystem/upload-writer.test.ts > an upload whose sync failed begins anew",
    ],
  },
  {
    id: "D7",
    tests: [
      "src/services/gc.test.ts > what a client was told of stays for another grace period at least",
      "src/services/touches.test.ts > a layer that a client was told of in the middle of a run, which could not be put on record, stays",
      "src/services/gc-grace.test.ts > what could not be put on record may be relied on for the grace period after a restart as well",
      "src/services/gc.test.ts > of a repository in which something could not be read",
      "src/services/gc.test.ts > while a directory is being taken over",
      "src/ports/metadata/gc.contract.ts > a blob that a manifest names stays, with the manifest, whatever its age",
      INJECTED,
      PAIRS,
    ],
  },
  {
    id: "D8",
    tests: [
      RESTORE,
      "test/commands/backup.test.ts > a backup that is killed leaves what was there",
      "test/commands/restore-kill.test.ts > loses nothing, and can be repeated",
      "test/commands/fsck.test.ts > after a kill amid pushes nothing is wrong",
      "test/commands/layouts.test.ts > an import that is killed anywhere is done by the next one",
    ],
  },
  {
    id: "D9",
    tests: ["src/adapters/metadata/sqlite/open.test.ts > a migration that was cut short is undone, and redone"],
    waitsFor: ["a second release"],
  },
  {
    id: "C1",
    tests: [
      HISTORIES,
      "test/faults/schedules/histories.test.ts > is as if they had come one after the other",
      "test/faults/schedules/late-replies.test.ts > whoever saw a change before it was answered does not see what was there before it",
      "src/adapters/metadata/tag-cache.test.ts > its tags are loaded each time",
      "src/adapters/metadata/tag-cache.test.ts > its tags are loaded anew, also when it failed",
    ],
    waitsFor: ["PostgreSQL"],
  },
  { id: "C2", tests: [INJECTED, KILL, BUGS] },
  { id: "C3", tests: [PAIRS, TRIPLES, "test/conformance/manifest-references.test.ts > a missing layer"] },
  {
    id: "C4",
    tests: [
      "test/conformance/deletion.test.ts > the digest and every tag that named it are 404 at once",
      "test/conformance/deletion.test.ts > another repository's copy stays",
      PAIRS,
    ],
    waitsFor: ["PostgreSQL"],
  },
  {
    id: "C5",
    tests: [
      "test/conformance/tags-list.test.ts > gives each tag once, in order",
      "test/conformance/catalog.test.ts > gives each repository once, in order",
      "src/ports/metadata/tags.contract.ts > a tag that exists all the while is listed exactly once",
    ],
  },
  { id: "C6", tests: [INJECTED, KILL, MODEL] },
  {
    id: "C7",
    tests: [
      "test/e2e/resumed-upload.test.ts > the upload goes on from there",
      "test/conformance/restart.test.ts > an upload goes on where it was",
      POINTS,
      KILL,
    ],
    waitsFor: ["PostgreSQL"],
  },
  {
    id: "C8",
    tests: [
      COURIERS,
      INJECTED,
      "test/faults/events.test.ts > is delivered after the next start, in order",
      "src/jobs/deliver-events.test.ts > are sent again, the same ones and in the same order, until they are taken",
    ],
  },
  { id: "C9", tests: [], waitsFor: ["mirrors"] },
  {
    id: "S1",
    tests: [
      ROUTES,
      "src/http/distribution/routes.test.ts > every route and method needs the right that is written here",
    ],
  },
  { id: "S2", tests: [SAME_REFUSAL, "src/services/upload-owners.test.ts > are unknown alike"] },
  { id: "S3", tests: [CROWD, "src/services/catalog-steps.test.ts > lets others have their turn after every step"] },
  {
    id: "S4",
    tests: ["test/faults/fuzz/fuzz.test.ts > it takes time in proportion to its length"],
  },
  {
    id: "S5",
    tests: [
      "src/adapters/identity/token.test.ts > lets nobody in, and the challenge calls it invalid",
      "src/adapters/identity/token.test.ts > a key of another type than the algorithm's is refused",
      "src/domain/scope.test.ts > is no grant on repositories",
    ],
  },
  {
    id: "S6",
    tests: [
      "src/adapters/identity/htpasswd-changes.test.ts > is out although the old login was remembered",
      "src/adapters/identity/token-keys.test.ts > one that is removed no longer, although its token was remembered",
    ],
    waitsFor: ["accounts"],
  },
  {
    id: "S7",
    tests: ["src/adapters/event-sink/http.test.ts > to another server does not take the configured headers along"],
    waitsFor: ["mirrors"],
  },
  { id: "S8", tests: [], waitsFor: ["accounts", "mirrors"] },
  { id: "S9", tests: [MODEL, KILL, INJECTED] },
  { id: "S10", tests: [], waitsFor: ["scanning"] },
  {
    id: "S11",
    tests: [
      "test/conformance/tokens.test.ts > neither tokens nor what they are signed with appear in the log",
      "src/adapters/logger/redact.test.ts > what lies under the name of a secret is left out",
      "src/http/access-log.test.ts > what looks like a secret in a query is left out",
      "src/adapters/event-sink/http.test.ts > is not named with its secrets",
    ],
  },
  { id: "S12", tests: ["src/adapters/identity/htpasswd-provision.test.ts > every file has a password of its own"] },
  { id: "S13", tests: [], waitsFor: ["the web page"] },
  {
    id: "S14",
    tests: [
      "test/conformance/locations.test.ts > is a path whatever Host and X-Forwarded headers say",
      "src/http/incoming-request.test.ts > without trusted proxies is its peer and its Host, whatever is forwarded",
    ],
  },
]

/** How others lost data. */
const losses: readonly Row[] = [
  {
    id: "collection races a push",
    tests: [PAIRS, TRIPLES, "src/ports/metadata/gc.contract.ts > is left to the collector by an upload"],
  },
  {
    id: "collection deletes live data",
    tests: [
      INJECTED,
      "src/ports/metadata/gc-untagged.contract.ts > that an index names stay, nested ones too, until the outermost goes",
      "src/ports/metadata/gc-untagged.contract.ts > that are signatures stay with what they sign",
      "src/ports/metadata/gc.contract.ts > nothing of a repository that is held goes",
    ],
  },
  {
    id: "collection and a stale cache: the push succeeds, the pull fails",
    tests: [PAIRS, "src/ports/metadata/gc.contract.ts > is left to the collector by an upload, which gets another key"],
  },
  {
    id: "children of indexes are collected",
    tests: [
      "src/ports/metadata/gc-untagged.contract.ts > that an index names stay, nested ones too, until the outermost goes",
    ],
  },
  {
    id: "an exponential walk, or a lock that is held",
    tests: ["test/faults/injected/diamond.test.ts > thirty levels of indexes"],
  },
  {
    id: "deleting by digest and sibling tags",
    tests: [
      "test/conformance/deletion.test.ts > the digest and every tag that named it are 404 at once",
      "test/conformance/deletion.test.ts > the tag is 404 at once, the manifest and its other tags stay",
    ],
  },
  {
    id: "empty or partial files after a crash or on a full disk",
    tests: [KILL, FULL, POINTS, "test/faults/disk-full.test.ts > nothing of what failed has become visible"],
  },
  { id: "a missing fsync", tests: [ORDER, DATABASE] },
  { id: "a blob that is written twice over", tests: [INJECTED, BUGS], waitsFor: ["object stores"] },
  {
    id: "the order of a listing hides data",
    tests: ["src/adapters/blob-store/filesystem/listing.test.ts > fails the listing instead of hiding what it holds"],
    waitsFor: ["object stores"],
  },
  { id: "reads that lag", tests: [], waitsFor: ["object stores"] },
  {
    id: "resuming behind a load balancer",
    tests: ["test/conformance/restart.test.ts > an upload goes on where it was"],
    waitsFor: ["PostgreSQL"],
  },
  {
    id: "a retry beside its commit",
    tests: [INJECTED, POINTS, "src/services/upload-turns.test.ts > a newer request aborts the one at work"],
  },
  {
    id: "a client that goes away in the middle",
    tests: [
      "test/e2e/resumed-upload.test.ts > a chunk that was cut is kept as far as it came",
      "src/http/listener/minimum-rate.test.ts > is an interruption, not an end",
      "test/conformance/bad-input/uploads.ts > B47",
    ],
  },
  { id: "a mirror that cuts off or expires", tests: [], waitsFor: ["mirrors"] },
  { id: "the database says yes and the storage no", tests: [DAMAGE, RESTORE] },
  { id: "an update of a tag that is lost in silence", tests: [HISTORIES, BUGS] },
  {
    id: "a tag that is wrong for a while",
    tests: [PAIRS, "test/e2e/concurrent.test.ts > is always one of the two images, whole"],
  },
]

/** The table of bad inputs, which is a test for each id; the file that its row is in. */
const TABLE: Readonly<Record<string, string>> = {
  names: "B01 B02 B04 B05 B06 B08 B09 B10 B11 B12 B14",
  digests: "B15 B17 B18 B19 B20 B21 B48",
  manifests: "B22 B24 B26 B27 B28",
  "manifest-contents": "B30 B32 B33 B34",
  subjects: "B36 B37",
  uploads: "B39 B42 B44 B45 B47 B49",
  listing: "B53 B55 B56 B57 B59",
  access: "B40 B50 B60 B61 B69",
  "failed-log-ins": "B64",
  framing: "B88 B91",
  slow: "B92 B93 B95",
  config: "B79 B100",
}

const tabled: readonly Row[] = Object.entries(TABLE).flatMap(([file, ids]) =>
  ids.split(" ").map((id) => ({ id, tests: [`test/conformance/bad-input/${file}.ts > ${id}`] })),
)

const TOKENS = "src/adapters/identity/token.test.ts"

const untabled: readonly Row[] = [
  {
    id: "B52",
    tests: ["src/services/upload-limits.test.ts > is BLOB_TOO_LARGE when the blob would be larger than it may be"],
    waitsFor: ["accounts"],
  },
  {
    id: "B63",
    tests: [
      SAME_REFUSAL,
      "test/conformance/access.test.ts > answers of a user that is not there what it answers of a wrong password",
    ],
    waitsFor: ["accounts"],
  },
  {
    id: "B65",
    // Counted, not timed.
    tests: [
      "src/adapters/identity/htpasswd.test.ts > an unknown user costs the same work as a wrong password",
      "src/adapters/identity/htpasswd.test.ts > whether it is wrong in one character or in all",
    ],
  },
  { id: "B67", tests: [], waitsFor: ["accounts"] },
  { id: "B68", tests: [], waitsFor: ["accounts"] },
  { id: "B72", tests: [`${TOKENS} > for another audience`, `${TOKENS} > for a list of audiences`] },
  { id: "B73", tests: [`${TOKENS} > that ended 61 seconds ago`, `${TOKENS} > with an end that is no number`] },
  {
    id: "B75",
    tests: [
      `${TOKENS} > says that a right token does not reach so far`,
      "src/services/access.test.ts > may do what is on it, and nothing to another repository",
      "src/domain/scope.test.ts > is no grant on repositories",
    ],
  },
  { id: "B77", tests: [], waitsFor: ["accounts", "the web page"] },
  { id: "B78", tests: [], waitsFor: ["accounts"] },
  {
    id: "B80",
    tests: ["src/adapters/identity/htpasswd-changes.test.ts > is out although the old login was remembered"],
    waitsFor: ["accounts"],
  },
  { id: "B81", tests: [], waitsFor: ["the web page"] },
  // Endpoints stand in the operator's configuration alone so far: nobody else names an address.
  { id: "B83", tests: [], waitsFor: ["accounts", "mirrors"] },
  { id: "B83b", tests: [], waitsFor: ["accounts"] },
  { id: "B84", tests: [], waitsFor: ["mirrors"] },
  { id: "B86", tests: [], waitsFor: ["mirrors"] },
  { id: "B87", tests: [], waitsFor: ["mirrors"] },
  {
    id: "B94",
    tests: [
      "test/faults/http2.test.ts > a flood of streams that are reset at once ends the connection",
      "test/faults/http2.test.ts > a header block without an end ends the connection",
      "test/faults/http2.test.ts > a window that is opened beyond its end ends the connection",
      "test/faults/http2.test.ts > answers that nobody reads are bounded in memory",
    ],
  },
  { id: "B96", tests: [], waitsFor: ["scanning"] },
  { id: "B98", tests: [], waitsFor: ["object stores", "scanning"] },
]

/** The numbers to reach: the test that adds to them with each run. The sums are in totals.jsonl. */
const goals: readonly Row[] = [
  { id: "goal: kills", tests: [KILL, POINTS, SYSTEM_CALLS], waitsFor: ["PostgreSQL"] },
  { id: "goal: images of power cuts", tests: [POWER, DATABASE, ORDER] },
  { id: "goal: injected faults", tests: [INJECTED, BUGS], waitsFor: ["object stores", "PostgreSQL"] },
  { id: "goal: schedules of collection and pushes", tests: [PAIRS, TRIPLES] },
  { id: "goal: linearizability", tests: [HISTORIES], waitsFor: ["PostgreSQL"] },
  {
    id: "goal: sequences of the protocol",
    tests: [MODEL, "test/conformance/official-result.test.ts > a report is clean when everything passed"],
    waitsFor: ["object stores", "PostgreSQL"],
  },
  { id: "goal: fuzzing", tests: ["test/faults/fuzz/fuzz.test.ts > whatever is read, what must be true of it is"] },
  { id: "goal: bad inputs", tests: [ROWS] },
  // How long a start takes is measured with a million blobs, by the benchmark; a test has no such bound.
  { id: "goal: recovery", tests: [KILL], waitsFor: ["object stores", "PostgreSQL"] },
  {
    id: "goal: memory",
    tests: [CROWD, SOAK, "test/faults/http2.test.ts > answers that nobody reads are bounded in memory"],
    waitsFor: ["a measurement on the reference machine"],
  },
  // That nobody is held up is tested by turns and not by times, which the benchmark has.
  {
    id: "goal: latency",
    tests: [CROWD, "src/services/catalog-steps.test.ts > lets others have their turn after every step"],
    waitsFor: ["a measurement on the reference machine"],
  },
  // There is no way to push without it yet, with which it could be compared.
  { id: "goal: cost of durability", tests: [], waitsFor: ["a measurement on the reference machine"] },
  { id: "goal: soak", tests: [SOAK] },
  {
    id: "goal: resuming",
    tests: ["test/e2e/resumed-upload.test.ts > the upload goes on from there"],
    waitsFor: ["PostgreSQL"],
  },
  {
    id: "goal: corruption",
    tests: [
      "src/services/scrub.test.ts > any flipped bit of any blob is found by one pass",
      "test/operations/scrub.test.ts > with verifyreads no answer with a flipped bit comes to its end",
    ],
  },
  { id: "goal: upgrades", tests: [], waitsFor: ["a second release"] },
  {
    id: "goal: hygiene",
    tests: [ROUTES, "test/conformance/tokens.test.ts > appear in the log"],
    waitsFor: ["accounts"],
  },
]

export const rows: readonly Row[] = [...promises, ...rules, ...traps, ...losses, ...tabled, ...untabled, ...goals]
