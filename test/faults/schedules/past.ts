import { contentOf, type Call } from "./call.ts"
import { collect, GRACE_HOURS, HOUR_MS, type Phase } from "./collect.ts"
import { mayFactGo, step, type Facts } from "./model.ts"
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
      for (const fact of [...listTold(event), ...listLetGo(facts, next)]) told.set(fact, world.clock.now())
      facts = next
    } else if ("wait" in event) {
      world.clock.advance(event.wait * HOUR_MS)
      facts = age(facts, { told, now: world.clock.now(), untaggedHours })
    } else if ("collect" in event) {
      // Whatever somebody was told, and however short a while ago.
      if (event.collect === "run now") facts = age(facts, { told: new Map(), now: world.clock.now(), untaggedHours })
      await collect(world.services, event.collect)
      facts = compare(facts, observe(world))
    } else await leaveOrphan(world, event.orphan)
  }
  return facts
}

/** What the answer lets a client rely on. */
function listTold(call: Call): string[] {
  const { repository } = call
  if ("blob" in call) return [`link ${repository} ${call.blob}`]
  if (!("manifest" in call)) return []
  const blobs = call.verb === "put" ? (contentOf(call.manifest).blobs ?? []) : []
  return [`manifest ${repository} ${call.manifest}`, ...blobs.map((blob) => `link ${repository} ${blob}`)]
}

/** The manifests that have lost a tag. */
function listLetGo(before: Facts, after: Facts): string[] {
  const tags = [...before].filter((fact) => fact.startsWith("tag ") && !after.has(fact)).map((fact) => fact.split(" "))
  return tags.map(([, repository = "", , manifest = ""]) => `manifest ${repository} ${manifest}`)
}

function age(
  facts: Facts,
  { told, now, untaggedHours }: { told: Told; now: number; untaggedHours: number | undefined },
): Facts {
  const aged = new Set(facts)
  for (const fact of facts) {
    const hours = (now - (told.get(fact) ?? -Infinity)) / HOUR_MS
    const [kind = "", ...rest] = fact.split(" ")
    if (kind === "link" && hours >= GRACE_HOURS) aged.add(["old", ...rest].join(" "))
    if (kind === "manifest" && untaggedHours !== undefined && hours >= Math.max(untaggedHours, GRACE_HOURS)) {
      aged.add(["idle", ...rest].join(" "))
    }
  }
  return aged
}

/** Facts that the collector may take, and took, are facts no more. */
function compare(facts: Facts, observed: Facts): Facts {
  const left = new Set(facts)
  for (const fact of facts) {
    if (fact.startsWith("old ") || fact.startsWith("idle ") || observed.has(fact)) continue
    if (!mayFactGo(facts, fact)) throw new Error(`the collector took what is needed: ${fact}, from ${describe(facts)}`)
    left.delete(fact)
    left.delete(fact.replace(/^link/, "old").replace(/^manifest/, "idle"))
  }
  for (const fact of observed) if (!facts.has(fact)) throw new Error(`${fact} came back, to ${describe(facts)}`)
  return left
}

const OBSERVED = [
  "SELECT 'repository ' || name AS fact FROM repository WHERE deleted_at IS NULL",
  `SELECT 'link ' || repository || ' ' || link.digest AS fact FROM link JOIN blob ON blob.digest = link.digest
    WHERE link.deleted_at IS NULL AND blob.state = 'live'`,
  "SELECT 'manifest ' || repository || ' ' || digest AS fact FROM manifest WHERE deleted_at IS NULL",
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
