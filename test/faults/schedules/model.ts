import { contentOf, MANIFEST_NAMES, type Call, type ManifestName } from "./call.ts"
import type { Model } from "./linearizability.ts"

/**
 * What a registry holds, as facts: `repository a`, `link a x`, `manifest a one`, `tag a latest one`, and `old a x` for a
 * link that nobody was told of within the grace period, so that it may go at any moment unless a manifest holds it. `idle
 * a one` is a manifest that nobody pulled for so long that it may go unless something names it.
 */
export type Facts = ReadonlySet<string>

/** The registry when one call at a time is made of it. */
export function createModel(initial: Facts): Model<Facts, Call> {
  return { initial, step, keyOf: (facts) => [...facts].sort().join() }
}

export function step(facts: Facts, call: Call, outcome: string): Facts | undefined {
  const { repository } = call
  const link = "blob" in call ? `link ${repository} ${call.blob}` : ""
  const old = "blob" in call ? `old ${repository} ${call.blob}` : ""
  switch (call.verb) {
    case "push":
      return outcome === "ok" ? change(facts, [link, `repository ${repository}`], [old]) : undefined
    case "head":
    case "get":
      if (outcome === "ok") return facts.has(link) ? change(facts, [], call.isSilent ? [] : [old]) : undefined
      return outcome === "BLOB_UNKNOWN" ? withoutLink(facts, repository, call.blob) : undefined
    case "unlink":
      if (outcome === "ok") return facts.has(link) ? change(facts, [], [link, old]) : undefined
      return outcome === "BLOB_UNKNOWN" ? withoutLink(facts, repository, call.blob) : undefined
    case "mount":
      if (outcome === "upload") return withoutLink(facts, call.from, call.blob)
      if (outcome !== "ok" || !facts.has(`link ${call.from} ${call.blob}`)) return undefined
      return change(facts, [link, `repository ${repository}`], [old])
    case "put":
      return put(facts, call, outcome)
    case "pull":
      if (outcome === "MANIFEST_UNKNOWN") return withoutManifest(facts, repository, call.manifest)
      if (outcome !== "ok" || !facts.has(`manifest ${repository} ${call.manifest}`)) return undefined
      return change(facts, [], call.isSilent ? [] : [`idle ${repository} ${call.manifest}`])
    case "delete": {
      const fact = `manifest ${repository} ${call.manifest}`
      if (outcome === "MANIFEST_UNKNOWN") return withoutManifest(facts, repository, call.manifest)
      if (outcome !== "ok" || !facts.has(fact)) return undefined
      const tags = list(facts, `tag ${repository} `).filter((tag) => tag.endsWith(` ${call.manifest}`))
      return change(facts, [], [fact, `idle ${repository} ${call.manifest}`, ...tags])
    }
    case "referrers":
      return outcome === `ok ${referrersOf(facts, repository, call.manifest)}` ? facts : undefined
    case "resolve":
      return outcome === resolve(facts, repository, call.tag) ? facts : undefined
    case "untag":
      if (resolve(facts, repository, call.tag) === "TAG_UNKNOWN") return outcome === "TAG_UNKNOWN" ? facts : undefined
      return outcome === "ok" ? change(facts, [], letGo(facts, `tag ${repository} ${call.tag} `)) : undefined
    case "list": {
      const tags = list(facts, `tag ${repository} `).map((fact) => fact.split(" ")[2] ?? "")
      // A repository without tags may come into being between the two looks at it: an empty list is true both times.
      if (outcome === "NAME_UNKNOWN") return facts.has(`repository ${repository}`) ? undefined : facts
      return outcome === `ok ${tags.sort(inByteOrder).join()}` ? facts : undefined
    }
    case "drop":
      return drop(facts, repository, outcome)
  }
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
  const tagged = tag === undefined ? [] : [`tag ${repository} ${tag} ${manifest}`]
  const moved = tag === undefined ? [] : letGo(facts, `tag ${repository} ${tag} `)
  return change(
    facts,
    [`repository ${repository}`, `manifest ${repository} ${manifest}`, ...tagged],
    [...fresh, ...moved],
  )
}

function drop(facts: Facts, repository: string, outcome: string): Facts | undefined {
  // Two deletions at once: the second is refused while the first runs, or finds nothing left.
  if (outcome === "JOB_RUNNING") return facts
  if (outcome === "NAME_UNKNOWN") return facts.has(`repository ${repository}`) ? undefined : facts
  if (outcome !== "ok") return undefined
  const all = ["link", "old", "manifest", "idle", "tag"].flatMap((kind) => list(facts, `${kind} ${repository} `))
  return change(facts, [], [`repository ${repository}`, ...all])
}

/** After an answer that the repository has no such blob: either it had none, or the collector has taken it. */
function withoutLink(facts: Facts, repository: string, blob: string): Facts | undefined {
  const link = `link ${repository} ${blob}`
  if (!facts.has(link)) return facts
  return mayGo(facts, repository, blob) ? change(facts, [], [link, `old ${repository} ${blob}`]) : undefined
}

function mayGo(facts: Facts, repository: string, blob: string): boolean {
  return facts.has(`old ${repository} ${blob}`) && !isHeld(facts, repository, blob)
}

function isHeld(facts: Facts, repository: string, blob: string): boolean {
  return MANIFEST_NAMES.some(
    (manifest) => facts.has(`manifest ${repository} ${manifest}`) && contentOf(manifest).blobs?.includes(blob),
  )
}

function withoutManifest(facts: Facts, repository: string, manifest: ManifestName): Facts | undefined {
  const fact = `manifest ${repository} ${manifest}`
  if (!facts.has(fact)) return facts
  const gone = [fact, `idle ${repository} ${manifest}`]
  return mayManifestGo(facts, repository, manifest) ? change(facts, [], gone) : undefined
}

/** A tag keeps it, and so does an index that has it, and what it is said of. */
function mayManifestGo(facts: Facts, repository: string, manifest: ManifestName): boolean {
  if (!facts.has(`idle ${repository} ${manifest}`)) return false
  if (list(facts, `tag ${repository} `).some((tag) => tag.endsWith(` ${manifest}`))) return false
  const { subject } = contentOf(manifest)
  if (subject !== undefined && facts.has(`manifest ${repository} ${subject}`)) return false
  return !MANIFEST_NAMES.some(
    (name) => facts.has(`manifest ${repository} ${name}`) && contentOf(name).children?.includes(manifest),
  )
}

/** The tag, and that its manifest is idle: from now on it begins to be. */
function letGo(facts: Facts, prefix: string): string[] {
  return list(facts, prefix).flatMap((fact) => {
    const [, repository = "", , manifest = ""] = fact.split(" ")
    return [fact, `idle ${repository} ${manifest}`]
  })
}

/** Whether the collector may take what the fact tells of. */
export function mayFactGo(facts: Facts, fact: string): boolean {
  const [kind = "", repository = "", name = ""] = fact.split(" ")
  if (kind === "link") return mayGo(facts, repository, name)
  return kind === "manifest" && mayManifestGo(facts, repository, name as ManifestName)
}

function resolve(facts: Facts, repository: string, tag: string): string {
  const [fact] = list(facts, `tag ${repository} ${tag} `)
  return fact === undefined ? "TAG_UNKNOWN" : `ok ${fact.split(" ")[3]}`
}

function referrersOf(facts: Facts, repository: string, subject: ManifestName): string {
  const present = MANIFEST_NAMES.filter((name) => facts.has(`manifest ${repository} ${name}`))
  return present.filter((name) => contentOf(name).subject === subject).join()
}

function inByteOrder(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}

function list(facts: Facts, prefix: string): string[] {
  return [...facts].filter((fact) => fact.startsWith(prefix))
}

function change(facts: Facts, added: readonly string[], removed: readonly string[]): Facts {
  const next = new Set(facts)
  for (const fact of removed) next.delete(fact)
  for (const fact of added) next.add(fact)
  return next
}
