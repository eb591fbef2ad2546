import type { Call, ManifestName } from "./call.ts"
import type { Event } from "./past.ts"
import type { Plot } from "./play.ts"

const push = (repository: string, ...blobs: string[]): Call[] =>
  blobs.map((blob) => ({ verb: "push", repository, blob }))
const put = (manifest: ManifestName, tag?: string, repository = "a"): Call => {
  return { verb: "put", repository, manifest, ...(tag !== undefined && { tag }) }
}
const pull = (manifest: ManifestName, repository = "a"): Call => ({ verb: "pull", repository, manifest })
const head = (blob: string, repository = "a"): Call => ({ verb: "head", repository, blob })
const get = (blob: string, repository = "a"): Call => ({ verb: "get", repository, blob })
const unlink = (blob: string, repository = "a"): Call => ({ verb: "unlink", repository, blob })
const remove = (manifest: ManifestName, repository = "a"): Call => ({ verb: "delete", repository, manifest })
const resolve = (tag: string): Call => ({ verb: "resolve", repository: "a", tag })
const untag = (tag: string): Call => ({ verb: "untag", repository: "a", tag })
const referrers = (manifest: ManifestName): Call => ({ verb: "referrers", repository: "a", manifest })
const list: Call = { verb: "list", repository: "a" }
const drop: Call = { verb: "drop", repository: "a" }
const mount: Call = { verb: "mount", repository: "b", from: "a", blob: "z" }
const wait = (hours: number): Event => ({ wait: hours })
const RUN: Event = { collect: "run" }
/** Two runs with more than the delay between them: what the first condemns the second removes. */
const COLLECT: readonly Event[] = [RUN, wait(1), RUN]

const ONE: readonly Event[] = [...push("a", "x", "y", "z"), put("one", "latest")]

/** One client and the collector, one after the other. Each call has to have the outcome that the model knows. */
const LIVES: Readonly<Record<string, readonly Event[]>> = {
  "an image stays whole however long nobody asks for it": [
    ...ONE,
    wait(1000),
    ...COLLECT,
    pull("one"),
    get("x"),
    get("y"),
  ],
  "an image without its layers is refused": [...push("b", "x"), put("two", "latest", "b"), put("one", undefined, "b")],
  "a tag that was read and is deleted is gone": [...ONE, resolve("latest"), untag("latest"), resolve("latest"), list],
  "a tag goes alone, and a digest with all its tags": [
    ...ONE,
    put("one", "other"),
    untag("other"),
    resolve("latest"),
    put("one", "third"),
    remove("one"),
    resolve("latest"),
    resolve("third"),
    list,
  ],
  "nothing of a deleted repository is there": [...ONE, drop, resolve("latest"), pull("one"), head("x"), list],
  "a layer that a client was told of is there when its image comes": [
    ...ONE,
    wait(40),
    head("z"),
    ...COLLECT,
    wait(20),
    ...COLLECT,
    put("two", "new"),
    ...COLLECT,
    get("z"),
  ],
  "a layer that a client was told of again is there when its image comes": [
    ...ONE,
    wait(30),
    head("z"),
    wait(10),
    ...COLLECT,
    put("two", "new"),
    get("z"),
  ],
  "a layer of which a client was told soon after its push is there when its image comes": [
    ...ONE,
    wait(11.5),
    head("z"),
    wait(23.5),
    ...COLLECT.slice(0, 1),
    put("two", "new"),
    get("z"),
  ],
  "a mounted layer is there when its image comes, whatever becomes of where it came from": [
    ...ONE,
    ...push("b", "x"),
    wait(35),
    mount,
    drop,
    wait(20),
    ...COLLECT,
    put("two", "new", "b"),
    wait(100),
    ...COLLECT,
    get("z", "b"),
    pull("two", "b"),
  ],
  "a layer that is condemned is there when it is pushed again": [
    ...ONE,
    wait(40),
    RUN,
    head("z"),
    ...push("a", "z"),
    put("two", "new"),
    wait(1),
    ...COLLECT,
    get("z"),
  ],
  "a layer that is given up is there when it is pushed again, and a late removal hits the dead copy": [
    ...ONE,
    wait(40),
    RUN,
    wait(1),
    { collect: "give up" },
    ...push("a", "z"),
    ...COLLECT,
    get("z"),
    put("two", "new"),
  ],
  "a blob stays for the repository that has it when another lets it go": [
    ...ONE,
    ...push("b", "x", "z"),
    put("two", "latest", "b"),
    drop,
    wait(100),
    ...COLLECT,
    pull("two", "b"),
    get("x", "b"),
    get("z", "b"),
  ],
  "a manifest stays for the repository that has it when another deletes it": [
    ...ONE,
    ...push("b", "x", "y"),
    put("one", "latest", "b"),
    remove("one"),
    wait(100),
    ...COLLECT,
    pull("one", "b"),
    get("y", "b"),
  ],
  "a manifest that is pushed again after its deletion begins anew": [
    ...ONE,
    remove("one"),
    wait(20),
    put("one", "latest"),
    pull("one"),
    wait(40),
    ...COLLECT,
    pull("one"),
    get("y"),
  ],
  "a layer that is pushed again after its deletion begins anew": [
    ...ONE,
    unlink("z"),
    head("z"),
    ...push("a", "z"),
    head("z"),
    wait(23),
    ...COLLECT,
    put("two", "new"),
  ],
  "a repository that is pushed again after its deletion begins anew": [
    ...ONE,
    drop,
    wait(20),
    ...ONE,
    wait(40),
    ...COLLECT,
    pull("one"),
    get("y"),
    list,
  ],
  "an object that nobody knew of is there when its blob is pushed": [
    ...ONE,
    { orphan: "z2" },
    wait(40),
    RUN,
    ...push("a", "z2"),
    wait(30),
    ...COLLECT,
    get("z2"),
  ],
  "what is waived is the grace period alone": [
    ...ONE,
    ...push("a", "s"),
    put("signature"),
    put("two"),
    { collect: "run now" },
    wait(1),
    { collect: "run now" },
    pull("one"),
    get("y"),
    pull("signature"),
    get("s"),
    pull("two"),
    get("z"),
  ],
}

/** The same where manifests that nothing names are collected after two days. */
const UNTAGGED_LIVES: Readonly<Record<string, readonly Event[]>> = {
  "a tagged image stays": [...ONE, wait(100), ...COLLECT, pull("one"), get("y")],
  "the children of an index stay": [
    ...ONE,
    put("two"),
    put("both", "all"),
    untag("latest"),
    wait(100),
    ...COLLECT,
    pull("one"),
    pull("two"),
    get("z"),
  ],
  "the children of Docker's list stay, and those of an index of indexes": [
    ...ONE,
    put("docker"),
    put("list"),
    put("index"),
    put("nested", "all"),
    untag("latest"),
    wait(100),
    ...COLLECT,
    pull("docker"),
    pull("one"),
    pull("list"),
    get("z"),
  ],
  "what is said of an image stays with it": [
    ...ONE,
    ...push("a", "s"),
    put("signature"),
    wait(100),
    ...COLLECT,
    pull("signature"),
    get("s"),
    referrers("one"),
  ],
  "what a fallback tag lists stays": [
    ...ONE,
    ...push("a", "s"),
    put("signature"),
    put("fallback", "sha256-of-one"),
    remove("one"),
    wait(100),
    ...COLLECT,
    pull("signature"),
    get("s"),
  ],
  "a manifest is there when its tag comes, later than it": [
    ...ONE,
    put("two"),
    wait(40),
    ...COLLECT,
    put("two", "new"),
    wait(100),
    ...COLLECT,
    pull("two"),
    resolve("new"),
  ],
  "an image that lost its tag a while ago is there when it is tagged again": [
    ...ONE,
    wait(100),
    untag("latest"),
    wait(40),
    ...COLLECT,
    put("one", "again"),
    pull("one"),
  ],
}

export const STORIES: Readonly<Record<string, Plot>> = Object.fromEntries([
  ...Object.entries(LIVES).map(([name, past]) => [name, { past, clients: [] }]),
  ...Object.entries(UNTAGGED_LIVES).map(([name, past]) => [
    `where untagged ones go: ${name}`,
    { past, clients: [], untaggedHours: 48 },
  ]),
]) as Record<string, Plot>
