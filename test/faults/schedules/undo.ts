// What comes back when a deletion is undone, as the model has it.
import { contentOf, type Call, type ManifestName } from "./call.ts"
import { change, list, mayGo, mayManifestGo, point, takeFamily, type Facts } from "./facts.ts"

/** How an answer tells what is back; the scene writes it like this. */
export function describeRestored(restored: {
  manifests: number
  tagCount: number
  kept: readonly string[]
  missing?: readonly string[]
}): string {
  const { manifests, tagCount, kept, missing = [] } = restored
  return `${manifests} manifests, ${tagCount} tags, kept ${[...kept].sort().join()}, missing ${[...missing].sort().join()}`
}

/** To what it named before its last change. */
export function restoreTag(facts: Facts, call: Call & { verb: "restoreTag" }, outcome: string): Facts | undefined {
  const { repository, tag } = call
  const [, , , before = "-"] = list(facts, `last ${repository} ${tag} `)[0]?.split(" ") ?? []
  if (before === "-") return outcome === "TAG_UNKNOWN" ? facts : undefined
  const manifest = before as ManifestName
  if (outcome === "MANIFEST_UNKNOWN") return withoutGone(facts, repository, manifest)
  for (const start of listStarts(facts, repository, manifest)) {
    const back = bringBack(start, { repository, manifest }, outcome)
    if (back === undefined) continue
    const told = describeRestored({ manifests: back.manifests, tagCount: 1, kept: [], missing: back.missing })
    if (outcome === `ok ${manifest}: ${told}`) return point(back.facts, { repository, name: tag, manifest })
  }
  return undefined
}

export function restoreManifest(
  facts: Facts,
  call: Call & { verb: "restoreManifest" },
  outcome: string,
): Facts | undefined {
  const { repository, manifest } = call
  const fact = `manifest ${repository} ${manifest}`
  if (outcome === "MANIFEST_UNKNOWN") return withoutGone(facts, repository, manifest)
  if (outcome === "REQUEST_INVALID") return facts.has(fact) ? facts : undefined
  for (const start of listStarts(facts, repository, manifest)) {
    const number = list(start, `gone ${repository} ${manifest} `)[0]?.split(" ")[3]
    const back = bringBack(start, { repository, manifest }, outcome)
    if (number === undefined || back === undefined) continue
    const own = list(start, `taken ${repository} `).filter((taken) => taken.endsWith(` ${manifest} ${number}`))
    const tagged = bringTagsBack(back.facts, repository, own)
    if (outcome === `ok: ${describeRestored({ ...back, ...tagged })}`) return tagged.facts
  }
  return undefined
}

/** What its last deletion took, and nobody has pushed again since. */
export function restoreRepository(facts: Facts, repository: string, outcome: string): Facts | undefined {
  const [, , number = "none"] = list(facts, `dropped ${repository} `)[0]?.split(" ") ?? []
  const ofDeletion = (kind: string) =>
    list(facts, `${kind} ${repository} `).filter((each) => each.endsWith(` ${number}`))
  const [gone, unlinked] = [ofDeletion("gone"), ofDeletion("unlinked")]
  const isExpired = (fact: string) => facts.has(`expired ${repository} ${fact.split(" ")[2]}`)
  const certain = gone.filter((fact) => !isExpired(fact))
  const ended = gone.filter(isExpired)
  const isCertain = certain.length > 0 || unlinked.some((fact) => !mayGo(facts, repository, fact.split(" ")[2] ?? ""))
  const isRefused =
    outcome === "NAME_UNKNOWN" || (outcome === "REQUEST_INVALID" && facts.has(`repository ${repository}`))
  if (isRefused) return isCertain ? undefined : change(facts, [], [...gone, ...unlinked])
  // What the collector has taken of a deletion it has taken at once.
  for (const manifests of [gone, certain]) {
    if (manifests.length + unlinked.length === 0) continue
    const left = change(facts, [`repository ${repository}`], manifests === certain ? ended : [])
    const back = [...manifests, ...unlinked].reduce(bringFactBack, left)
    const tagged = bringTagsBack(back, repository, ofDeletion("taken"))
    if (outcome === `ok: ${describeRestored({ manifests: manifests.length, ...tagged })}`) return tagged.facts
  }
  return undefined
}

/** The collector may have deleted one that nothing names, and nobody has asked since. */
function listStarts(facts: Facts, repository: string, manifest: ManifestName): Facts[] {
  return mayManifestGo(facts, repository, manifest) ? [facts, takeFamily(facts, repository, manifest)] : [facts]
}

/** After an answer that it is gone for good. */
function withoutGone(facts: Facts, repository: string, manifest: ManifestName): Facts | undefined {
  if (facts.has(`manifest ${repository} ${manifest}`)) return undefined
  const gone = list(facts, `gone ${repository} ${manifest} `)
  const expired = `expired ${repository} ${manifest}`
  return gone.length === 0 || facts.has(expired) ? change(facts, [], [...gone, expired]) : undefined
}

/** `undefined`: it is gone for good. */
function bringBack(
  start: Facts,
  { repository, manifest }: { repository: string; manifest: ManifestName },
  outcome: string,
): { facts: Facts; manifests: number; missing: string[] } | undefined {
  const [gone] = list(start, `gone ${repository} ${manifest} `)
  if (gone === undefined && !start.has(`manifest ${repository} ${manifest}`)) return undefined
  let facts = gone === undefined ? start : change(bringFactBack(start, gone), [`repository ${repository}`], [])
  let manifests = gone === undefined ? 0 : 1
  const missing: string[] = []
  const { blobs = [], children = [] } = contentOf(manifest)
  for (const blob of blobs) {
    const [unlinked] = list(facts, `unlinked ${repository} ${blob} `)
    if (unlinked !== undefined) facts = change(bringFactBack(facts, unlinked), [], [`old ${repository} ${blob}`])
    else if (!facts.has(`link ${repository} ${blob}`)) missing.push(blob)
  }
  for (const child of children) {
    const known = facts.has(`expired ${repository} ${child}`) && isMissing(outcome, child)
    const back = known ? undefined : bringBack(facts, { repository, manifest: child }, outcome)
    if (back === undefined) {
      missing.push(child)
      facts = change(facts, [], [...list(facts, `gone ${repository} ${child} `), `expired ${repository} ${child}`])
      continue
    }
    facts = back.facts
    manifests += back.manifests
    missing.push(...back.missing)
  }
  return { facts, manifests, missing }
}

/** What is gone for longer than the grace period may be gone for good: the answer tells. */
function isMissing(outcome: string, name: string): boolean {
  return (/missing (.*)$/.exec(outcome)?.[1] ?? "").split(",").includes(name)
}

/** A manifest, or a link: that one is as new then, unless the collector may have had it before. */
function bringFactBack(facts: Facts, fact: string): Facts {
  const [kind, repository = "", name = ""] = fact.split(" ")
  if (kind === "gone") return change(facts, [`manifest ${repository} ${name}`], [fact, `expired ${repository} ${name}`])
  const old = mayGo(facts, repository, name) ? [] : [`old ${repository} ${name}`]
  return change(facts, [`link ${repository} ${name}`], [fact, ...old])
}

/** Tags that were pushed again since stay as they are. */
function bringTagsBack(start: Facts, repository: string, taken: readonly string[]) {
  let facts = start
  let tagCount = 0
  const kept: string[] = []
  for (const [, , name = "", manifest = ""] of taken.map((fact) => fact.split(" "))) {
    if (list(facts, `tag ${repository} ${name} `).length > 0) kept.push(name)
    else if (facts.has(`manifest ${repository} ${manifest}`)) {
      facts = point(facts, { repository, name, manifest })
      tagCount++
    }
  }
  return { facts, tagCount, kept }
}
