import * as fc from "fast-check"
import type { Call } from "./call.ts"
import type { Phase } from "./collect.ts"
import type { Event } from "./past.ts"
import type { Plot } from "./play.ts"

/** An image under a tag, a layer that nothing names yet, and another repository. */
const IMAGE: readonly Call[] = [
  { verb: "push", repository: "a", blob: "x" },
  { verb: "push", repository: "a", blob: "y" },
  { verb: "push", repository: "a", blob: "z" },
  { verb: "put", repository: "a", manifest: "one", tag: "latest" },
  { verb: "push", repository: "b", blob: "w" },
]

/** What clients do to it. */
const CALLS: readonly Call[] = [
  { verb: "head", repository: "a", blob: "z" },
  { verb: "get", repository: "a", blob: "z" },
  { verb: "mount", repository: "b", from: "a", blob: "z" },
  { verb: "push", repository: "a", blob: "z" },
  { verb: "push", repository: "b", blob: "z" },
  { verb: "put", repository: "a", manifest: "two", tag: "new" },
  { verb: "put", repository: "a", manifest: "two", tag: "latest" },
  { verb: "put", repository: "a", manifest: "one", tag: "latest" },
  { verb: "put", repository: "a", manifest: "index", tag: "all" },
  { verb: "pull", repository: "a", manifest: "one" },
  { verb: "resolve", repository: "a", tag: "latest" },
  { verb: "list", repository: "a" },
  { verb: "untag", repository: "a", tag: "latest" },
  { verb: "delete", repository: "a", manifest: "one" },
  { verb: "unlink", repository: "a", blob: "z" },
  { verb: "drop", repository: "a" },
]

/** Each two of the calls at once, and each with itself. */
export const PAIRS: readonly Plot[] = CALLS.flatMap((one, place) =>
  CALLS.slice(place).map((other) => ({ past: IMAGE, clients: [[one], [other]] })),
)

/** What may be undone when the clients begin. */
const UNDOABLE: Readonly<Record<string, readonly Event[]>> = {
  "a tag has moved": [...IMAGE, { verb: "put", repository: "a", manifest: "two", tag: "latest" }],
  "a tag was deleted": [...IMAGE, { verb: "untag", repository: "a", tag: "latest" }],
  "an image was deleted": [...IMAGE, { verb: "delete", repository: "a", manifest: "one" }],
  "an index was deleted with its image": [
    ...IMAGE,
    { verb: "put", repository: "a", manifest: "index", tag: "all" },
    { verb: "delete", repository: "a", manifest: "index" },
    { verb: "delete", repository: "a", manifest: "one" },
    { verb: "unlink", repository: "a", blob: "y" },
  ],
  "a repository was deleted": [...IMAGE, { verb: "drop", repository: "a" }],
}

const RESTORATIONS: readonly Call[] = [
  { verb: "restoreTag", repository: "a", tag: "latest" },
  { verb: "restoreManifest", repository: "a", manifest: "one" },
  { verb: "restoreManifest", repository: "a", manifest: "index" },
  { verb: "restoreRepository", repository: "a" },
]

/** What is done beside an undoing, another of the same among it. */
const BESIDE: readonly Call[] = [
  { verb: "push", repository: "a", blob: "y" },
  { verb: "mount", repository: "b", from: "a", blob: "y" },
  { verb: "put", repository: "a", manifest: "one", tag: "latest" },
  { verb: "put", repository: "a", manifest: "two", tag: "latest" },
  { verb: "pull", repository: "a", manifest: "one" },
  { verb: "resolve", repository: "a", tag: "latest" },
  { verb: "then", repository: "a", tag: "latest" },
  { verb: "list", repository: "a" },
  { verb: "untag", repository: "a", tag: "latest" },
  { verb: "delete", repository: "a", manifest: "one" },
  { verb: "unlink", repository: "a", blob: "x" },
  { verb: "drop", repository: "a" },
]

/** Each undoing of each past beside each of the calls. */
export const UNDOING: readonly Plot[] = Object.values(UNDOABLE).flatMap((past) =>
  RESTORATIONS.flatMap((one, place) =>
    [...BESIDE, ...RESTORATIONS.slice(place)].map((other): Plot => ({ past, clients: [[one], [other]] })),
  ),
)

/** Longer than one and a half grace periods. */
const LONG: Event = { wait: 40 }
const DELAY: Event = { wait: 1 }

/** How far the collector has come with a layer that nothing names, when the clients begin. */
const PASTS: Readonly<Record<string, readonly Event[]>> = {
  "is due": [...IMAGE, LONG],
  "is condemned": [...IMAGE, LONG, { collect: "run" }, DELAY],
  "is given up": [...IMAGE, LONG, { collect: "run" }, DELAY, { collect: "give up" }],
  "has left an object without a row": [...IMAGE, { orphan: "q" }, LONG, { collect: "run" }, LONG],
  "was deleted with its image": [
    ...IMAGE,
    { verb: "put", repository: "a", manifest: "two", tag: "new" },
    { verb: "delete", repository: "a", manifest: "two" },
    { verb: "delete", repository: "a", manifest: "one" },
    LONG,
  ],
  "was deleted with its repository": [...IMAGE, { verb: "drop", repository: "a" }, LONG],
}

/** What reaches for it, or for what it was in. */
const REACHES: readonly Call[] = [
  { verb: "head", repository: "a", blob: "z" },
  { verb: "get", repository: "a", blob: "z" },
  { verb: "mount", repository: "b", from: "a", blob: "z" },
  { verb: "push", repository: "a", blob: "z" },
  { verb: "push", repository: "b", blob: "z" },
  { verb: "push", repository: "a", blob: "q" },
  { verb: "put", repository: "a", manifest: "two", tag: "new" },
  { verb: "put", repository: "a", manifest: "one", tag: "latest" },
  { verb: "pull", repository: "a", manifest: "one" },
  { verb: "untag", repository: "a", tag: "latest" },
  { verb: "delete", repository: "a", manifest: "one" },
  { verb: "unlink", repository: "a", blob: "z" },
  { verb: "drop", repository: "a" },
  { verb: "restoreTag", repository: "a", tag: "latest" },
  { verb: "restoreManifest", repository: "a", manifest: "one" },
  { verb: "restoreRepository", repository: "a" },
]

/** The image is no longer tagged, or was pushed without a tag, and was not pulled for as long as such images are kept. */
const UNTAGGED: readonly Event[] = [
  ...IMAGE,
  { verb: "put", repository: "a", manifest: "two" },
  { verb: "untag", repository: "a", tag: "latest" },
  { wait: 100 },
]

const UNTAGGED_REACHES: readonly Call[] = [
  { verb: "put", repository: "a", manifest: "two" },
  { verb: "pull", repository: "a", manifest: "two" },
  { verb: "put", repository: "a", manifest: "two", tag: "new" },
  { verb: "put", repository: "a", manifest: "both", tag: "all" },
  { verb: "put", repository: "a", manifest: "signature", tag: "signed" },
  { verb: "delete", repository: "a", manifest: "two" },
  { verb: "restoreManifest", repository: "a", manifest: "two" },
  { verb: "restoreTag", repository: "a", tag: "latest" },
]

/** Each of the calls beside the collector, which removes what waits, or looks for objects without a row. */
export const COLLECTING: readonly Plot[] = [
  ...Object.values(PASTS).flatMap((past) =>
    REACHES.map((call): Plot => ({ past, clients: [[call]], collector: ["reviews"] })),
  ),
  ...["head", "mount", "push"].map((verb): Plot => ({
    past: PASTS["has left an object without a row"] ?? [],
    clients: [REACHES.filter((call) => call.verb === verb && "blob" in call)],
    collector: ["objects"],
  })),
  ...UNTAGGED_REACHES.map((call): Plot => ({
    past: UNTAGGED,
    clients: [[call]],
    collector: ["reviews"],
    untaggedHours: 48,
  })),
]

const MORE: readonly Call[] = [
  ...CALLS,
  { verb: "push", repository: "a", blob: "q" },
  { verb: "put", repository: "a", manifest: "both", tag: "all" },
  { verb: "put", repository: "a", manifest: "signature" },
  { verb: "push", repository: "a", blob: "s" },
  { verb: "referrers", repository: "a", manifest: "one" },
  { verb: "put", repository: "a", manifest: "docker", tag: "latest" },
  { verb: "put", repository: "a", manifest: "list", tag: "all" },
  { verb: "untag", repository: "a", tag: "all" },
  { verb: "delete", repository: "a", manifest: "two" },
  { verb: "pull", repository: "a", manifest: "two" },
  { verb: "resolve", repository: "a", tag: "all" },
  { verb: "push", repository: "b", blob: "x" },
  { verb: "mount", repository: "b", from: "a", blob: "x" },
  { verb: "put", repository: "b", manifest: "two", tag: "latest" },
  { verb: "resolve", repository: "b", tag: "latest" },
  { verb: "unlink", repository: "b", blob: "z" },
  { verb: "head", repository: "b", blob: "z" },
  ...RESTORATIONS,
  { verb: "restoreTag", repository: "a", tag: "all" },
  { verb: "restoreManifest", repository: "a", manifest: "two" },
  { verb: "then", repository: "a", tag: "latest" },
]

/** Where untagged images go nobody knows what exactly a deleted repository had. */
const UNTAGGED_MORE = MORE.filter(({ verb }) => verb !== "drop" && verb !== "restoreRepository")

/** Those that are played in every order with each run of the tests. */
export const HOT: Readonly<Record<string, Plot>> = {
  "a tag is read while it moves": {
    past: IMAGE,
    clients: [
      [{ verb: "resolve", repository: "a", tag: "latest" }],
      [{ verb: "put", repository: "a", manifest: "index", tag: "latest" }],
    ],
  },
  "a tag is read while it is deleted": {
    past: IMAGE,
    clients: [
      [{ verb: "resolve", repository: "a", tag: "latest" }],
      [{ verb: "untag", repository: "a", tag: "latest" }],
    ],
  },
  "a blob is mounted while it is deleted where it comes from": {
    past: IMAGE,
    clients: [
      [{ verb: "mount", repository: "b", from: "a", blob: "z" }],
      [{ verb: "unlink", repository: "a", blob: "z" }],
    ],
  },
  "a blob is read while it is pushed": {
    past: IMAGE,
    clients: [[{ verb: "get", repository: "a", blob: "s" }], [{ verb: "push", repository: "a", blob: "s" }]],
  },
  "an image is pushed while a layer of it is deleted": {
    past: IMAGE,
    clients: [
      [{ verb: "put", repository: "a", manifest: "both", tag: "all" }],
      [{ verb: "delete", repository: "a", manifest: "one" }],
    ],
  },
  "a tag is read while it is restored": {
    past: UNDOABLE["a tag was deleted"] ?? [],
    clients: [
      [{ verb: "resolve", repository: "a", tag: "latest" }],
      [{ verb: "restoreTag", repository: "a", tag: "latest" }],
    ],
  },
  "a tag is deleted while it goes back": {
    past: UNDOABLE["a tag has moved"] ?? [],
    clients: [
      [{ verb: "untag", repository: "a", tag: "latest" }],
      [{ verb: "restoreTag", repository: "a", tag: "latest" }],
    ],
  },
  "an image is restored while it is to be collected": {
    past: PASTS["was deleted with its image"] ?? [],
    clients: [[{ verb: "restoreManifest", repository: "a", manifest: "one" }]],
    collector: ["manifests"],
  },
  "a blob is asked for while it is to be collected": {
    past: [...IMAGE, LONG],
    clients: [[{ verb: "head", repository: "a", blob: "z" }]],
    collector: ["links"],
  },
  "a blob is mounted while it is to be collected": {
    past: [...IMAGE, LONG],
    clients: [[{ verb: "mount", repository: "b", from: "a", blob: "z" }]],
    collector: ["links"],
  },
}

const phases = fc.constantFrom<Phase>("run", "run", "reviews", "objects", "rows", "give up")

/** Three clients that do up to three things each, or two beside the collector. */
export const triples: fc.Arbitrary<Plot> = fc.oneof(
  fc.record({ past: fc.constantFrom(IMAGE, ...Object.values(UNDOABLE)), clients: listClients(3) }),
  fc.record({
    past: fc.constantFrom(...Object.values(PASTS)),
    clients: listClients(2),
    collector: fc.array(phases, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({
    past: fc.constant(UNTAGGED),
    clients: listClients(2, [...UNTAGGED_MORE, ...UNTAGGED_REACHES]),
    collector: fc.array(phases, { minLength: 1, maxLength: 2 }),
    untaggedHours: fc.constant(48),
  }),
)

function listClients(count: number, from: readonly Call[] = MORE): fc.Arbitrary<Call[][]> {
  const calls = fc.array(fc.constantFrom(...from), { minLength: 1, maxLength: 3 })
  return fc.array(calls, { minLength: count, maxLength: count })
}
