import { contentOf, MANIFEST_NAMES, type Call } from "./call.ts"
import { collect, GRACE_HOURS, HOUR_MS, type Phase } from "./collect.ts"
import { list, mayFactGo, take, type Facts } from "./facts.ts"
import { step } from "./model.ts"
import { perform, scene } from "./scene.ts"
import type { World } from "./world.ts"

/** What happens before the clients begin, one thing after the other. */
export type Event =
  | Call
  | { wait: number }
  | { collect: Phase }
  /** An object comes to the storage without a row: what a crash between the two leaves. */
  | { orphan: string }

/** When somebody was last told that a link or a manifest is there. */
type Told = Map<string, number>

/** Makes it happen; gives what is there then. Throws where the collector took what it may not take. */
export async function live(world: World, events: readonly Event[], untaggedHours: number | undefined): Promise<Facts> {
  const told: Told = new Map()
  let facts: Facts = new Set()
  for (const event of events) {
    if ("verb" in event) {
      const outcome = await perform(world.services, event)
      const next = step(facts, event, outcome)
      if (next === undefined) throw new Error(`${JSON.stringify(event)} gave ${outcome}, from ${describe(facts)}`)
      for (const fact of [...listTold(event), ...listLetGo(facts, next), ...listChanged(facts, next)])
        told.set(fact, world.clock.now())
      facts = next
    } else if ("wait" in event) {
      world.clock.advance(event.wait * HOUR_MS)
      facts = age(facts, { told, now: world.clock.now(), untaggedHours })
    } else if ("collect" in event) {
      // Whatever somebody was told, and however short a while ago.
      if (event.collect === "run now") facts = age(facts, { told: new Map(), now: world.clock.now(), untaggedHours })
      await collect(world.services, event.collect)
      const left = compare(facts, observe(world))
      for (const fact of listChanged(facts, left)) told.set(fact, world.clock.now())
      facts = left
    } else await leaveOrphan(world, event.orphan)
  }
  return facts
}

/** What the answer lets a client rely on. */
function listTold(call: Call): string[] {
  const { repository } = call
  if ("blob" in call) return [`link ${repository} ${call.blob}`]
  if (!("manifest" in call) || call.verb === "restoreManifest") return []
  const blobs = call.verb === "put" ? (contentOf(call.manifest).blobs ?? []) : []
  return [`manifest ${repository} ${call.manifest}`, ...blobs.map((blob) => `link ${repository} ${blob}`)]
}

/** The manifests that have lost a tag. */
function listLetGo(before: Facts, after: Facts): string[] {
  const tags = [...before].filter((fact) => fact.startsWith("tag ") && !after.has(fact)).map((fact) => fact.split(" "))
  return tags.map(([, repository = "", , manifest = ""]) => `manifest ${repository} ${manifest}`)
}

/** What came, came back or was deleted: its time begins then. */
function listChanged(before: Facts, after: Facts): string[] {
  const changed = [...after].filter((fact) => !before.has(fact)).map((fact) => fact.split(" "))
  return changed.flatMap(([kind = "", repository = "", name = ""]) => {
    if (kind === "manifest" || kind === "gone") return [`manifest ${repository} ${name}`]
    return kind === "unlinked" || kind === "link" ? [`link ${repository} ${name}`] : []
  })
}

function age(
  facts: Facts,
  { told, now, untaggedHours }: { told: Told; now: number; untaggedHours: number | undefined },
): Facts {
  const aged = new Set(facts)
  for (const fact of facts) {
    const [kind = "", repository = "", name = ""] = fact.split(" ")
    const noun = kind === "gone" ? "manifest" : kind === "unlinked" ? "link" : kind
    const hours = (now - (told.get(`${noun} ${repository} ${name}`) ?? -Infinity)) / HOUR_MS
    if (noun === "link" && hours >= GRACE_HOURS) aged.add(`old ${repository} ${name}`)
    if (kind === "gone" && hours >= GRACE_HOURS) aged.add(`expired ${repository} ${name}`)
    if (kind === "manifest" && untaggedHours !== undefined && hours >= Math.max(untaggedHours, GRACE_HOURS)) {
      aged.add(`idle ${repository} ${name}`)
    }
  }
  return aged
}

const SEEN = /^(?:repository|link|manifest|tag|gone|unlinked) /

/** Facts that the collector may take, and took, are facts no more; a manifest is then one that was deleted. */
function compare(facts: Facts, observed: Facts): Facts {
  let left = facts
  const known = new Set<string>()
  for (const fact of list(facts, "").filter((each) => SEEN.test(each))) {
    // Which deletion took it is not in the rows.
    const seen = fact.replace(/^((?:gone|unlinked) .*) \d+$/, "$1")
    known.add(seen)
    if (observed.has(seen)) continue
    if (!mayFactGo(facts, fact)) throw new Error(`the collector took what is needed: ${fact}, from ${describe(facts)}`)
    const [kind = "", repository = "", name = ""] = fact.split(" ")
    if (kind === "manifest") checkReferrers(observed, repository, name)
    const deleted = `gone ${repository} ${name}`
    if (kind === "manifest" && observed.has(deleted)) {
      left = take(left, repository, [fact])
      known.add(deleted)
    } else left = without(left, fact)
  }
  for (const fact of observed) if (!known.has(fact)) throw new Error(`${fact} came back, to ${describe(facts)}`)
  return left
}

/** The collector takes what is said of a manifest before that. */
function checkReferrers(observed: Facts, repository: string, manifest: string): void {
  const left = MANIFEST_NAMES.filter((name) => observed.has(`manifest ${repository} ${name}`))
  const referrer = left.find((name) => contentOf(name).subject === manifest)
  if (referrer !== undefined) throw new Error(`the collector took ${manifest}, of which ${referrer} tells`)
}

function without(facts: Facts, fact: string): Facts {
  const [, repository = "", name = ""] = fact.split(" ")
  const marks = /^(?:un)?link/.test(fact) ? ["old"] : ["idle", "expired"]
  const left = new Set(facts)
  for (const mark of marks) left.delete(`${mark} ${repository} ${name}`)
  left.delete(fact)
  return left
}

/** A mark below zero is of what was purged: nothing brings that back. */
const OBSERVED = [
  "SELECT 'repository ' || name AS fact FROM repository WHERE deleted_at IS NULL",
  `SELECT 'link ' || repository || ' ' || link.digest AS fact FROM link JOIN blob ON blob.digest = link.digest
    WHERE link.deleted_at IS NULL AND blob.state = 'live'`,
  "SELECT 'unlinked ' || repository || ' ' || digest AS fact FROM link WHERE deleted_at > 0",
  "SELECT 'manifest ' || repository || ' ' || digest AS fact FROM manifest WHERE deleted_at IS NULL",
  "SELECT 'gone ' || repository || ' ' || digest AS fact FROM manifest WHERE deleted_at > 0",
  "SELECT 'tag ' || repository || ' ' || name || ' ' || digest AS fact FROM tag",
]

/** What the rows say is there. */
function observe({ database }: World): Facts {
  const rows = OBSERVED.flatMap((query) => database.query<{ fact: string }, []>(query).all())
  return new Set(rows.map(({ fact }) => fact.replace(/sha256:\w+/, (digest) => scene.nameOf(digest))))
}

async function leaveOrphan({ services: { store } }: World, blob: string): Promise<void> {
  const { digest, bytes } = scene.blobOf(blob)
  await store.append("lost", new Blob([bytes]).stream(), { algorithm: "sha256" })
  await store.complete("lost", { digest, generation: 0 })
}

export function describe(facts: Facts): string {
  return [...facts].sort().join(", ")
}
