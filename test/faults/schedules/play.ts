import type { RepositoryName } from "../../../src/domain/repository-name.ts"
import { MANIFEST_NAMES, type Call } from "./call.ts"
import { collect, GRACE_HOURS, HOUR_MS, type Phase } from "./collect.ts"
import type { Conduct } from "./explore.ts"
import { list, type Facts } from "./facts.ts"
import { createRecorder, describeHistory, findOrder, type Recorder } from "./linearizability.ts"
import { createModel } from "./model.ts"
import { describe, live, type Event } from "./past.ts"
import { checkEmpty, checkRules } from "./rules.ts"
import { perform } from "./scene.ts"
import type { Ground, Services, World } from "./world.ts"

/** What stands before the clients begin, what each of them then does, and what the collector does meanwhile. */
export interface Plot {
  past: readonly Event[]
  clients: readonly (readonly Call[])[]
  collector?: readonly Phase[]
  untaggedHours?: number
}

export interface PlayOptions {
  /** Also what is there a day later, and that nothing is left when all was deleted. */
  isWhole: boolean
}

/** Plays one schedule in a world of its own. Throws, with the schedule and the history, when a promise was broken. */
export async function play(
  ground: Ground,
  plot: Plot,
  conduct: Conduct,
  { isWhole }: PlayOptions = { isWhole: true },
): Promise<{ steps: number }> {
  const world = ground.createWorld(plot)
  const recorder = createRecorder<Call>()
  const trace: string[] = []
  try {
    const initial = withMoment(await live(world, plot.past, plot.untaggedHours))
    world.begin()
    trace.push(...(await conduct(world.gate, listCallers(world, plot, recorder))))
    const reads = listReads(plot)
    // What it keeps of blobs is what a new one reads.
    const warm = reads.filter(({ verb }) => verb === "resolve" || verb === "list")
    await ask(recorder, "the same server", world.services, warm)
    await ask(recorder, "a new server", world.openCold(), reads)
    checkRules(world)
    if (isWhole) {
      await passAlmostGrace(world)
      await ask(recorder, "a day later", world.openCold(), reads)
      await ask(recorder, "a push a day later", world.services, listPushes(plot))
      checkRules(world)
    }
    const restores = recorder.history.some(({ call }) => call.verb.startsWith("restore"))
    if (findOrder(recorder.history, createModel(initial, { restores })) === undefined)
      throw new Error(`no order of the calls explains what the clients saw, from: ${describe(initial)}`)
    if (isWhole) await deleteAll(world)
    return { steps: trace.length }
  } catch (error) {
    const history = describeHistory(recorder.history)
    const told = [
      String(error),
      JSON.stringify(plot),
      "history:",
      history,
      "schedule:",
      ...trace.map((line) => `  ${line}`),
    ]
    throw new Error(told.join("\n"), { cause: error })
  }
}

/** What the tags name when the clients begin: nothing that they do changes it. */
function withMoment(facts: Facts): Facts {
  return new Set([...facts, ...list(facts, "tag ").map((fact) => fact.replace("tag", "then"))])
}

function listCallers({ services }: World, { clients, collector = [] }: Plot, recorder: Recorder<Call>) {
  const callers = clients.map((calls, client) => {
    const name = `client ${client + 1}`
    return { name, run: () => ask(recorder, name, services, calls) }
  })
  const run = async () => {
    for (const phase of collector) await collect(services, phase)
  }
  return collector.length === 0 ? callers : [...callers, { name: "collector", run }]
}

async function ask(
  recorder: Recorder<Call>,
  client: string,
  services: Services,
  calls: readonly Call[],
): Promise<void> {
  for (const call of calls) await recorder.record(client, call, () => perform(services, call))
}

function listNames({ past, clients }: Plot) {
  const calls = [...past.filter((event) => "verb" in event), ...clients.flat()]
  const repositories = new Set(
    calls.flatMap((call) => ("from" in call ? [call.repository, call.from] : [call.repository])),
  )
  const tags = new Set(calls.flatMap((call) => ("tag" in call && call.tag !== undefined ? [call.tag] : [])))
  const blobs = new Set(calls.flatMap((call) => ("blob" in call ? [call.blob] : [])))
  const named = new Set(calls.flatMap((call) => ("manifest" in call ? [call.manifest] : [])))
  return { repositories, tags, blobs, manifests: MANIFEST_NAMES.filter((name) => named.has(name)) }
}

/** All that the plot speaks of. To be read by those who keep nothing alive. */
function listReads(plot: Plot): Call[] {
  const { repositories, tags, blobs, manifests } = listNames(plot)
  const reads: Call[] = []
  for (const repository of repositories) {
    for (const tag of tags)
      reads.push({ verb: "resolve", repository, tag }, { verb: "then", repository, tag, isSilent: true })
    for (const manifest of manifests) reads.push({ verb: "pull", repository, manifest, isSilent: true })
    for (const blob of blobs) reads.push({ verb: "get", repository, blob, isSilent: true })
    reads.push({ verb: "list", repository })
  }
  return reads
}

/** Who was told that a blob is there may rely on it for as long as the grace period. */
function listPushes(plot: Plot): Call[] {
  const { repositories } = listNames(plot)
  return [...repositories].map((repository) => ({ verb: "put", repository, manifest: "two" }))
}

async function passAlmostGrace(world: World): Promise<void> {
  world.clock.advance(0.9 * GRACE_HOURS * HOUR_MS)
  await collect(world.services, "run")
  world.clock.advance(HOUR_MS)
  await collect(world.services, "run")
}

/** What is deleted, and past every time that it is kept for, takes no room any more. */
async function deleteAll(world: World): Promise<void> {
  const { database, services } = world
  const names = database
    .query<{ name: RepositoryName }, []>("SELECT name FROM repository WHERE deleted_at IS NULL")
    .all()
  for (const { name } of names) await services.metadata.repositories.delete(name, { actor: "operator" })
  for (let turns = 0; turns < 3; turns++) {
    world.clock.advance(3 * GRACE_HOURS * HOUR_MS)
    await collect(world.services, "run")
  }
  world.clock.advance(HOUR_MS)
  await collect(world.services, "run")
  checkEmpty(world)
}
