import * as fc from "fast-check"
import type { Call } from "./call.ts"
import type { Phase } from "./collect.ts"
import {
  ONE,
  RUN,
  drop,
  get,
  head,
  list,
  mount,
  pull,
  purge,
  push,
  put,
  readThen,
  referrers,
  remove,
  resolve,
  restore,
  restoreAll,
  restoreTag,
  unlink,
  untag,
  wait,
} from "./events.ts"
import type { Event } from "./past.ts"
import type { Plot } from "./play.ts"

/** An image under a tag, a layer that nothing names yet, and another repository. */
const IMAGE: readonly Event[] = [...ONE, ...push("b", "w")]

/** The same after somebody asked for the tag: what it names is kept in memory. */
const SEEN: readonly Event[] = [...IMAGE, resolve("latest")]

/** What clients do to it. */
const CALLS: readonly Call[] = [
  head("z"),
  get("z"),
  mount("z"),
  ...push("a", "z"),
  ...push("b", "z"),
  put("two", "new"),
  put("two", "latest"),
  put("one", "latest"),
  put("index", "all"),
  pull("one"),
  resolve("latest"),
  list,
  untag("latest"),
  remove("one"),
  unlink("z"),
  drop,
  purge,
]

/** Each two of the calls at once, and each with itself. */
export const PAIRS: readonly Plot[] = CALLS.flatMap((one, place) =>
  CALLS.slice(place).map((other) => ({ past: IMAGE, clients: [[one], [other]] })),
)

/** What may be undone when the clients begin. */
const UNDOABLE: Readonly<Record<string, readonly Event[]>> = {
  "a tag has moved": [...IMAGE, put("two", "latest")],
  "a tag was deleted": [...IMAGE, untag("latest")],
  "an image was deleted": [...IMAGE, remove("one")],
  "an index was deleted with its image": [...IMAGE, put("index", "all"), remove("index"), remove("one"), unlink("y")],
  "a repository was deleted": [...IMAGE, drop],
}

const RESTORATIONS: readonly Call[] = [restoreTag("latest"), restore("one"), restore("index"), restoreAll]

/** What is done beside an undoing, another of the same among it. */
const BESIDE: readonly Call[] = [
  ...push("a", "y"),
  mount("y"),
  put("one", "latest"),
  put("two", "latest"),
  pull("one"),
  resolve("latest"),
  readThen("latest"),
  list,
  untag("latest"),
  remove("one"),
  unlink("x"),
  drop,
  purge,
]

/** Each undoing of each past beside each of the calls. */
export const UNDOING: readonly Plot[] = Object.values(UNDOABLE).flatMap((past) =>
  RESTORATIONS.flatMap((one, place) =>
    [...BESIDE, ...RESTORATIONS.slice(place)].map((other): Plot => ({ past, clients: [[one], [other]] })),
  ),
)

/** Longer than one and a half grace periods. */
const LONG: Event = wait(40)
const DELAY: Event = wait(1)

/** How far the collector has come with a layer that nothing names, when the clients begin. */
const PASTS: Readonly<Record<string, readonly Event[]>> = {
  "is due": [...IMAGE, LONG],
  "is condemned": [...IMAGE, LONG, RUN, DELAY],
  "is given up": [...IMAGE, LONG, RUN, DELAY, { collect: "give up" }],
  "has left an object without a row": [...IMAGE, { orphan: "q" }, LONG, RUN, LONG],
  "was deleted with its image": [...IMAGE, put("two", "new"), remove("two"), remove("one"), LONG],
  "was deleted with its repository": [...IMAGE, drop, LONG],
  "was purged with its repository": [...IMAGE, purge, LONG],
}

/** What reaches for it, or for what it was in. */
const REACHES: readonly Call[] = [
  head("z"),
  get("z"),
  mount("z"),
  ...push("a", "z"),
  ...push("b", "z"),
  ...push("a", "q"),
  put("two", "new"),
  put("one", "latest"),
  pull("one"),
  untag("latest"),
  remove("one"),
  unlink("z"),
  drop,
  purge,
  restoreTag("latest"),
  restore("one"),
  restoreAll,
]

/** The image is no longer tagged, or was pushed without a tag, and was not pulled for as long as such images are kept. */
const UNTAGGED: readonly Event[] = [...IMAGE, put("two"), untag("latest"), wait(100)]

const UNTAGGED_REACHES: readonly Call[] = [
  put("two"),
  pull("two"),
  put("two", "new"),
  put("both", "all"),
  put("signature", "signed"),
  remove("two"),
  restore("two"),
  restoreTag("latest"),
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
  ...push("a", "q"),
  put("both", "all"),
  put("signature"),
  ...push("a", "s"),
  referrers("one"),
  put("docker", "latest"),
  put("list", "all"),
  untag("all"),
  remove("two"),
  pull("two"),
  resolve("all"),
  ...push("b", "x"),
  mount("x"),
  put("two", "latest", "b"),
  resolve("latest", "b"),
  unlink("z", "b"),
  head("z", "b"),
  ...RESTORATIONS,
  restoreTag("all"),
  restore("two"),
  readThen("latest"),
]

/** Where untagged images go nobody knows what exactly a deleted repository had. */
const UNTAGGED_MORE = MORE.filter(({ verb }) => !["drop", "purge", "restoreRepository"].includes(verb))

/** Those that are played in every order with each run of the tests. */
export const HOT: Readonly<Record<string, Plot>> = {
  "a tag is read while it moves": {
    past: IMAGE,
    clients: [[resolve("latest")], [put("index", "latest")]],
  },
  "a tag is read while it is deleted": {
    past: IMAGE,
    clients: [[resolve("latest")], [untag("latest")]],
  },
  "what a tag names is in memory while it is deleted": {
    past: SEEN,
    clients: [[list, resolve("latest")], [untag("latest")]],
  },
  "a blob is mounted while it is deleted where it comes from": {
    past: IMAGE,
    clients: [[mount("z")], [unlink("z")]],
  },
  "a blob is read while it is pushed": {
    past: IMAGE,
    clients: [[get("s")], push("a", "s")],
  },
  "an image is pushed while a layer of it is deleted": {
    past: IMAGE,
    clients: [[put("both", "all")], [remove("one")]],
  },
  "a tag is read while it is restored": {
    past: UNDOABLE["a tag was deleted"] ?? [],
    clients: [[resolve("latest")], [restoreTag("latest")]],
  },
  "a tag is deleted while it goes back": {
    past: UNDOABLE["a tag has moved"] ?? [],
    clients: [[untag("latest")], [restoreTag("latest")]],
  },
  "an image is restored while it is to be collected": {
    past: PASTS["was deleted with its image"] ?? [],
    clients: [[restore("one")]],
    collector: ["manifests"],
  },
  "a blob is asked for while it is to be collected": {
    past: [...IMAGE, LONG],
    clients: [[head("z")]],
    collector: ["links"],
  },
  "a blob is mounted while it is to be collected": {
    past: [...IMAGE, LONG],
    clients: [[mount("z")]],
    collector: ["links"],
  },
}

const phases = fc.constantFrom<Phase>("run", "run", "reviews", "objects", "rows", "give up")

/** Three clients that do up to three things each, or two beside the collector. */
export const triples: fc.Arbitrary<Plot> = fc.oneof(
  fc.record({ past: fc.constantFrom(IMAGE, SEEN, ...Object.values(UNDOABLE)), clients: listClients(3) }),
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
