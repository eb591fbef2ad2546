import type { Call, ManifestName } from "./call.ts"
import { MANIFEST_NAMES } from "./call.ts"
import type { Conduct } from "./explore.ts"
import { createRecorder, describeHistory, findOrder, type Observed } from "./linearizability.ts"
import { createModel, step, type Facts } from "./model.ts"
import { perform } from "./scene.ts"
import type { Ground, Services, World } from "./world.ts"

/** What stands before the clients begin, and what each of them then does, one call after the other. */
export interface Plot {
  setup: readonly Call[]
  clients: readonly (readonly Call[])[]
}

export interface Played {
  steps: number
  calls: number
}

/** Plays one schedule in a world of its own. Throws, with the schedule and the history, when a promise was broken. */
export async function play(ground: Ground, plot: Plot, conduct: Conduct): Promise<Played> {
  const world = ground.createWorld()
  const recorder = createRecorder<Call>()
  const trace: string[] = []
  try {
    const initial = await prepare(world, plot.setup)
    const callers = plot.clients.map((calls, client) => ({
      name: `client ${client + 1}`,
      run: async () => {
        for (const call of calls) {
          await recorder.record(`client ${client + 1}`, call, () => perform(world.services, call))
        }
      },
    }))
    trace.push(...(await conduct(world.gate, callers)))
    const calls = recorder.history.length
    const read = async (reader: string, services: Services, reads: readonly Call[]) => {
      for (const call of reads) await recorder.record(reader, call, () => perform(services, call))
    }
    const reads = listReads(plot)
    // What it keeps of blobs is what a new one reads.
    await read(
      "the same server",
      world.services,
      reads.filter(({ verb }) => verb !== "get"),
    )
    await read("a new server", world.openCold(), reads)
    checkOrder(recorder.history, initial)
    checkRules(world)
    return { steps: trace.length, calls }
  } catch (error) {
    const told = [
      String(error),
      "history:",
      describeHistory(recorder.history),
      "schedule:",
      ...trace.map((line) => `  ${line}`),
    ]
    throw new Error(told.join("\n"), { cause: error })
  }
}

async function prepare(world: World, setup: readonly Call[]): Promise<Facts> {
  let facts: Facts = new Set()
  for (const call of setup) {
    const outcome = await perform(world.services, call)
    const next = step(facts, call, outcome)
    if (next === undefined) throw new Error(`${JSON.stringify(call)} gave ${outcome} before anybody else was there`)
    facts = next
  }
  return facts
}

/** All that the plot speaks of. */
function listReads({ setup, clients }: Plot): Call[] {
  const calls = [...setup, ...clients.flat()]
  const repositories = [
    ...new Set(calls.flatMap((call) => ("from" in call ? [call.repository, call.from] : [call.repository]))),
  ]
  const tags = [...new Set(calls.flatMap((call) => ("tag" in call && call.tag !== undefined ? [call.tag] : [])))]
  const blobs = [...new Set(calls.flatMap((call) => ("blob" in call ? [call.blob] : [])))]
  const named = new Set<ManifestName>(calls.flatMap((call) => ("manifest" in call ? [call.manifest] : [])))
  const manifests = MANIFEST_NAMES.filter((name) => named.has(name))
  const reads: Call[] = []
  for (const repository of repositories) {
    for (const tag of tags) reads.push({ verb: "resolve", repository, tag })
    for (const manifest of manifests) reads.push({ verb: "pull", repository, manifest })
    for (const blob of blobs) reads.push({ verb: "get", repository, blob })
    reads.push({ verb: "list", repository })
  }
  return reads
}

function checkOrder(history: readonly Observed<Call>[], initial: Facts): void {
  if (findOrder(history, createModel(initial)) !== undefined) return
  throw new Error(`no order of the calls explains what the clients saw, from: ${[...initial].sort().join(", ")}`)
}

const RULES = {
  "a repository counts its manifests": `SELECT name FROM repository
    WHERE manifest_count <> (SELECT count(*) FROM manifest m WHERE m.repository = repository.name AND m.deleted_at IS NULL)`,
  "a manifest has a body": `SELECT digest FROM manifest WHERE digest NOT IN (SELECT digest FROM manifest_body)`,
  "a body has a manifest": `SELECT digest FROM manifest_body WHERE digest NOT IN (SELECT digest FROM manifest)`,
  "a tag points at a manifest of its repository": `SELECT name FROM tag
    WHERE NOT EXISTS (SELECT 1 FROM manifest m WHERE m.repository = tag.repository AND m.digest = tag.digest)`,
  "a reference belongs to a manifest": `SELECT digest FROM reference r
    WHERE NOT EXISTS (SELECT 1 FROM manifest m WHERE m.repository = r.repository AND m.digest = r.manifest)`,
  "a link has a live blob": `SELECT digest FROM link
    WHERE NOT EXISTS (SELECT 1 FROM blob WHERE blob.digest = link.digest AND blob.state = 'live')`,
}

function checkRules({ database, objects, violations }: World): void {
  for (const [rule, query] of Object.entries(RULES)) {
    const rows = database.query(query).all()
    if (rows.length > 0) throw new Error(`not true: ${rule}: ${JSON.stringify(rows)}`)
  }
  const held = database.query<{ key: string }, []>(
    "SELECT digest || '.' || generation AS key FROM blob WHERE state <> 'deleting'",
  )
  for (const { key } of held.all()) if (!objects.has(key)) throw new Error(`a blob has no object: ${key}`)
  const [violation] = violations.splice(0)
  if (violation !== undefined) throw new Error(violation)
}
