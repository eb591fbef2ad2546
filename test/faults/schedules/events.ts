import type { Call, ManifestName } from "./call.ts"
import type { Event } from "./past.ts"

export const push = (repository: string, ...blobs: string[]): Call[] =>
  blobs.map((blob) => ({ verb: "push", repository, blob }))
export const put = (manifest: ManifestName, tag?: string, repository = "a"): Call => {
  return { verb: "put", repository, manifest, ...(tag !== undefined && { tag }) }
}
export const pull = (manifest: ManifestName, repository = "a"): Call => ({ verb: "pull", repository, manifest })
export const head = (blob: string, repository = "a"): Call => ({ verb: "head", repository, blob })
export const get = (blob: string, repository = "a"): Call => ({ verb: "get", repository, blob })
export const unlink = (blob: string, repository = "a"): Call => ({ verb: "unlink", repository, blob })
export const remove = (manifest: ManifestName, repository = "a"): Call => ({ verb: "delete", repository, manifest })
export const resolve = (tag: string, repository = "a"): Call => ({ verb: "resolve", repository, tag })
/** What the tag named when the clients began. */
export const readThen = (tag: string): Call => ({ verb: "then", repository: "a", tag })
export const untag = (tag: string): Call => ({ verb: "untag", repository: "a", tag })
export const referrers = (manifest: ManifestName): Call => ({ verb: "referrers", repository: "a", manifest })
export const list: Call = { verb: "list", repository: "a" }
export const restoreTag = (tag: string): Call => ({ verb: "restoreTag", repository: "a", tag })
export const restore = (manifest: ManifestName): Call => ({ verb: "restoreManifest", repository: "a", manifest })
export const restoreAll: Call = { verb: "restoreRepository", repository: "a" }
export const drop: Call = { verb: "drop", repository: "a" }
export const purge: Call = { verb: "purge", repository: "a" }
export const mount = (blob: string): Call => ({ verb: "mount", repository: "b", from: "a", blob })
export const wait = (hours: number): Event => ({ wait: hours })
export const RUN: Event = { collect: "run" }
/** Two runs with more than the delay between them: what the first condemns the second removes. */
export const COLLECT: readonly Event[] = [RUN, wait(1), RUN]

export const ONE: readonly Event[] = [...push("a", "x", "y", "z"), put("one", "latest")]

/** The image, and what is said of it. */
export const SIGNED: readonly Event[] = [...ONE, ...push("a", "s"), put("signature")]
