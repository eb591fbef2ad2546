import { contentOf, MANIFEST_NAMES, type Call, type ManifestName } from "./call.ts"
import {
  change,
  countDeletions,
  list,
  mayFactGo,
  mayGo,
  mayManifestGo,
  point,
  resolve,
  take,
  takeFamily,
  untag,
  type Facts,
} from "./facts.ts"
import type { Model } from "./linearizability.ts"
import { restoreManifest, restoreRepository, restoreTag } from "./undo.ts"

/** The registry when one call at a time is made of it. `restores`: whether one of the calls undoes something. */
export function createModel(initial: Facts, { restores }: { restores: boolean }): Model<Facts, Call> {
  return { initial, step, keyOf: (facts) => (restores ? [...facts] : withoutUndo(facts)).sort().join() }
}

/** What makes no difference to whom nothing comes back: many orders of calls lead to the same then. */
function withoutUndo(facts: Facts): string[] {
  const kept = [...facts].filter((fact) => !/^(?:last|taken|deletions|dropped) /.test(fact))
  return kept.map((fact) => fact.replace(/^((?:gone|unlinked) .*) \d+$/, "$1"))
}

export function step(facts: Facts, call: Call, outcome: string): Facts | undefined {
  const { repository } = call
  const link = "blob" in call ? `link ${repository} ${call.blob}` : ""
  const old = "blob" in call ? `old ${repository} ${call.blob}` : ""
  switch (call.verb) {
    case "push":
      return outcome === "ok" ? addLink(facts, repository, call.blob) : undefined
    case "head":
    case "get":
      if (outcome === "ok") return facts.has(link) ? change(facts, [], call.isSilent ? [] : [old]) : undefined
      return outcome === "BLOB_UNKNOWN" ? withoutLink(facts, repository, call.blob) : undefined
    case "unlink":
      if (outcome === "ok") return facts.has(link) ? change(take(facts, repository, [link]), [], [old]) : undefined
      return outcome === "BLOB_UNKNOWN" ? withoutLink(facts, repository, call.blob) : undefined
    case "mount":
      if (outcome === "upload") return withoutLink(facts, call.from, call.blob)
      if (outcome !== "ok" || !facts.has(`link ${call.from} ${call.blob}`)) return undefined
      return addLink(facts, repository, call.blob)
    case "put":
      return put(facts, call, outcome)
    case "pull":
      return pull(facts, call, { outcome, due: "ok" })
    case "delete": {
      const fact = `manifest ${repository} ${call.manifest}`
      if (outcome === "MANIFEST_UNKNOWN") return withoutManifest(facts, repository, call.manifest)
      if (outcome !== "ok" || !facts.has(fact)) return undefined
      const tags = list(facts, `tag ${repository} `).filter((tag) => tag.endsWith(` ${call.manifest}`))
      return take(facts, repository, [fact, ...tags])
    }
    case "referrers":
      return outcome === `ok ${referrersOf(facts, repository, call.manifest)}` ? facts : undefined
    case "resolve":
      return outcome === resolve(facts, repository, call.tag) ? facts : undefined
    case "then": {
      const manifest = list(facts, `then ${repository} ${call.tag} `)[0]?.split(" ")[3]
      if (manifest === undefined) return outcome === "TAG_UNKNOWN" ? facts : undefined
      return pull(facts, { ...call, manifest: manifest as ManifestName }, { outcome, due: `ok ${manifest}` })
    }
    case "untag":
      if (resolve(facts, repository, call.tag) === "TAG_UNKNOWN") return outcome === "TAG_UNKNOWN" ? facts : undefined
      return outcome === "ok" ? untag(facts, repository, call.tag) : undefined
    case "list": {
      const tags = list(facts, `tag ${repository} `).map((fact) => fact.split(" ")[2] ?? "")
      // A repository without tags may come into being between the two looks at it: an empty list is true both times.
      if (outcome === "NAME_UNKNOWN") return facts.has(`repository ${repository}`) ? undefined : facts
      return outcome === `ok ${tags.sort(inByteOrder).join()}` ? facts : undefined
    }
    case "drop":
      return drop(facts, repository, outcome)
    case "purge":
      return purge(facts, repository, outcome)
    case "restoreTag":
      return restoreTag(facts, call, outcome)
    case "restoreManifest":
      return restoreManifest(facts, call, outcome)
    case "restoreRepository":
      return restoreRepository(facts, repository, outcome)
  }
}

function addLink(facts: Facts, repository: string, blob: string): Facts {
  const deleted = list(facts, `unlinked ${repository} ${blob} `)
  return change(
    facts,
    [`link ${repository} ${blob}`, `repository ${repository}`],
    [`old ${repository} ${blob}`, ...deleted],
  )
}

function pull(
  facts: Facts,
  { repository, manifest, isSilent }: { repository: string; manifest: ManifestName; isSilent?: true },
  { outcome, due }: { outcome: string; due: string },
): Facts | undefined {
  if (outcome === "MANIFEST_UNKNOWN") return withoutManifest(facts, repository, manifest)
  if (outcome !== due || !facts.has(`manifest ${repository} ${manifest}`)) return undefined
  return change(facts, [], isSilent ? [] : [`idle ${repository} ${manifest}`])
}

function put(facts: Facts, call: Call & { verb: "put" }, outcome: string): Facts | undefined {
  const { repository, manifest, tag } = call
  const { blobs = [], children = [] } = contentOf(manifest)
  const needed = [
    ...blobs.map((blob) => ({ fact: `link ${repository} ${blob}`, mayGo: mayGo(facts, repository, blob) })),
    ...children.map((child) => {
      return { fact: `manifest ${repository} ${child}`, mayGo: mayManifestGo(facts, repository, child) }
    }),
  ]
  if (outcome === "MANIFEST_REFERENCE_UNKNOWN") {
    return needed.some((each) => each.mayGo || !facts.has(each.fact)) ? facts : undefined
  }
  if (outcome !== "ok" || needed.some(({ fact }) => !facts.has(fact))) return undefined
  const fresh = [...blobs.map((blob) => `old ${repository} ${blob}`), `idle ${repository} ${manifest}`]
  const deleted = [...list(facts, `gone ${repository} ${manifest} `), `expired ${repository} ${manifest}`]
  const added = [`repository ${repository}`, `manifest ${repository} ${manifest}`]
  const next = change(facts, added, [...fresh, ...deleted])
  return tag === undefined ? next : point(next, { repository, name: tag, manifest })
}

function drop(facts: Facts, repository: string, outcome: string): Facts | undefined {
  // Two deletions at once: the second is refused while the first runs, or finds nothing left.
  if (outcome === "JOB_RUNNING") return facts
  const isThere = facts.has(`repository ${repository}`)
  if (outcome === "NAME_UNKNOWN") return isThere ? undefined : facts
  if (outcome !== "ok") return undefined
  if (!isThere) return facts
  const all = ["link", "manifest", "tag"].flatMap((kind) => list(facts, `${kind} ${repository} `))
  const next = take(facts, repository, all)
  const before = [`repository ${repository}`, ...list(facts, `dropped ${repository} `)]
  return change(next, [`dropped ${repository} ${countDeletions(next)}`], before)
}

/** As `drop`, also of one that is deleted already; nothing that was deleted in it comes back. */
function purge(facts: Facts, repository: string, outcome: string): Facts | undefined {
  const gone = list(facts, `gone ${repository} `)
  if (outcome === "NAME_UNKNOWN") {
    const isCertain = gone.some((fact) => !mayFactGo(facts, fact))
    return facts.has(`repository ${repository}`) || isCertain ? undefined : change(facts, [], gone)
  }
  const dropped = drop(facts, repository, outcome)
  if (dropped === undefined || outcome !== "ok") return dropped
  const kinds = ["gone", "unlinked", "taken", "expired", "dropped"]
  return change(
    dropped,
    [],
    kinds.flatMap((kind) => list(dropped, `${kind} ${repository} `)),
  )
}

/** After an answer that the repository has no such blob: either it had none, or the collector has taken it. */
function withoutLink(facts: Facts, repository: string, blob: string): Facts | undefined {
  const link = `link ${repository} ${blob}`
  if (!facts.has(link)) return facts
  return mayGo(facts, repository, blob) ? change(facts, [], [link, `old ${repository} ${blob}`]) : undefined
}

/** The collector deletes as somebody would: what it has taken can be restored. */
function withoutManifest(facts: Facts, repository: string, manifest: ManifestName): Facts | undefined {
  const fact = `manifest ${repository} ${manifest}`
  if (!facts.has(fact)) return facts
  return mayManifestGo(facts, repository, manifest) ? takeFamily(facts, repository, manifest) : undefined
}

function referrersOf(facts: Facts, repository: string, subject: ManifestName): string {
  const present = MANIFEST_NAMES.filter((name) => facts.has(`manifest ${repository} ${name}`))
  return present.filter((name) => contentOf(name).subject === subject).join()
}

function inByteOrder(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
