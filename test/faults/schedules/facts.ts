import { contentOf, MANIFEST_NAMES, type ManifestName } from "./call.ts"

/**
 * What a registry holds, as facts: `repository a`, `link a x`, `manifest a one`, `tag a latest one`, and `old a x` for a
 * link that nobody was told of within the grace period, so that it may go at any moment unless a manifest holds it. `idle
 * a one` is a manifest that nobody pulled for so long that it may go unless something names it.
 *
 * For undo: `gone a one 3` and `unlinked a x 3` went with the third deletion, `dropped a 3`, which was of the repository,
 * and `taken a latest one 3` is what a tag named then; `expired a one` is gone for so long that it may be gone for good.
 * `last a latest one two` is the last change of a tag, `-` for nothing, `then a latest one` what it named before the
 * clients began, and `deletions 3` counts.
 */
export type Facts = ReadonlySet<string>

export function list(facts: Facts, prefix: string): string[] {
  return [...facts].filter((fact) => fact.startsWith(prefix))
}

export function change(facts: Facts, added: readonly string[], removed: readonly string[]): Facts {
  const next = new Set(facts)
  for (const fact of removed) next.delete(fact)
  for (const fact of added) next.add(fact)
  return next
}

/** Which deletion took the last that is gone. */
export function countDeletions(facts: Facts): number {
  return Number(list(facts, "deletions ")[0]?.split(" ")[1] ?? 0)
}

/** Deletes these facts of a repository at once, so that they can come back together. */
export function take(facts: Facts, repository: string, taken: readonly string[]): Facts {
  const before = countDeletions(facts)
  const number = before + 1
  const added = [`deletions ${number}`]
  const removed = [...taken, `deletions ${before}`]
  for (const fact of taken) {
    const [kind, , name = "", manifest = ""] = fact.split(" ")
    if (kind === "manifest") {
      added.push(`gone ${repository} ${name} ${number}`)
      removed.push(`idle ${repository} ${name}`)
    } else if (kind === "link") {
      added.push(`unlinked ${repository} ${name} ${number}`)
      // What the collector may have had before stays uncertain.
      if (!mayGo(facts, repository, name)) removed.push(`old ${repository} ${name}`)
    } else if (kind === "tag") {
      added.push(`taken ${repository} ${name} ${manifest} ${number}`, `last ${repository} ${name} ${manifest} -`)
      removed.push(...list(facts, `last ${repository} ${name} `))
    }
  }
  return change(facts, added, removed)
}

/** Points the tag at the manifest; what it named before begins to be idle. */
export function point(facts: Facts, tag: { repository: string; name: string; manifest: string }): Facts {
  const { repository, name, manifest } = tag
  const [current] = list(facts, `tag ${repository} ${name} `)
  const before = current?.split(" ")[3] ?? "-"
  if (before === manifest) return facts
  const last = `last ${repository} ${name} ${before} ${manifest}`
  return change(facts, [`tag ${repository} ${name} ${manifest}`, last], letGo(facts, repository, name))
}

export function untag(facts: Facts, repository: string, name: string): Facts {
  const [, , , manifest = "-"] = list(facts, `tag ${repository} ${name} `)[0]?.split(" ") ?? []
  return change(facts, [`last ${repository} ${name} ${manifest} -`], letGo(facts, repository, name))
}

/** The tag with its last change, and that its manifest is idle: from now on it begins to be. */
function letGo(facts: Facts, repository: string, name: string): string[] {
  const tags = list(facts, `tag ${repository} ${name} `)
  const idle = tags.map((fact) => `idle ${repository} ${fact.split(" ")[3]}`)
  return [...tags, ...idle, ...list(facts, `last ${repository} ${name} `)]
}

/** Whether the collector may take the link. */
export function mayGo(facts: Facts, repository: string, blob: string): boolean {
  if (!facts.has(`old ${repository} ${blob}`)) return false
  return !MANIFEST_NAMES.some((name) => holds(facts, repository, name) && contentOf(name).blobs?.includes(blob))
}

/**
 * It stays and goes with what it is said of, and with what is said of these: a tag keeps all of them, and so does an index
 * that has one, and whoever pulls one.
 */
export function mayManifestGo(facts: Facts, repository: string, manifest: ManifestName): boolean {
  return listFamily(facts, repository, manifest).every((member) => {
    if (!facts.has(`idle ${repository} ${member}`)) return false
    if (list(facts, `tag ${repository} `).some((tag) => tag.endsWith(` ${member}`))) return false
    const { subject } = contentOf(member)
    if (subject !== undefined && !isLive(facts, repository, subject) && holds(facts, repository, subject)) return false
    return !MANIFEST_NAMES.some((name) => holds(facts, repository, name) && contentOf(name).children?.includes(member))
  })
}

/** What belongs to it by subjects, and is there; itself as well. */
function listFamily(facts: Facts, repository: string, manifest: ManifestName): ManifestName[] {
  const family = new Set([manifest])
  for (const member of family) {
    const { subject } = contentOf(member)
    for (const name of MANIFEST_NAMES) {
      const isRelated = name === subject || contentOf(name).subject === member
      if (isRelated && isLive(facts, repository, name)) family.add(name)
    }
  }
  return [...family]
}

/** What the collector takes when it takes this one, as somebody would who deletes them. */
export function takeFamily(facts: Facts, repository: string, manifest: ManifestName): Facts {
  const family = listFamily(facts, repository, manifest)
  return take(
    facts,
    repository,
    family.map((member) => `manifest ${repository} ${member}`),
  )
}

function isLive(facts: Facts, repository: string, manifest: ManifestName): boolean {
  return facts.has(`manifest ${repository} ${manifest}`)
}

/** One that was deleted holds what it names as well, for as long as it can be restored. */
function holds(facts: Facts, repository: string, manifest: ManifestName): boolean {
  if (isLive(facts, repository, manifest)) return true
  return list(facts, `gone ${repository} ${manifest} `).length > 0 && !facts.has(`expired ${repository} ${manifest}`)
}

/** Whether the collector may take what the fact tells of. */
export function mayFactGo(facts: Facts, fact: string): boolean {
  const [kind = "", repository = "", name = ""] = fact.split(" ")
  if (kind === "link" || kind === "unlinked") return mayGo(facts, repository, name)
  if (kind === "gone") return facts.has(`expired ${repository} ${name}`)
  return kind === "manifest" && mayManifestGo(facts, repository, name as ManifestName)
}

export function resolve(facts: Facts, repository: string, tag: string): string {
  const [fact] = list(facts, `tag ${repository} ${tag} `)
  return fact === undefined ? "TAG_UNKNOWN" : `ok ${fact.split(" ")[3]}`
}
