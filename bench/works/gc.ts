import { join } from "node:path"
import { type Bench, type Work, attempt, recordAll, settle } from "../bench.ts"
import { runMixedLoad } from "../clients/mixed-load.ts"
import { findFreePort } from "../../test/support/free-port.ts"
import { OURS } from "../comparison.ts"
import { readMemoryMiB } from "../servers/process-memory.ts"
import type { Server } from "../servers/server.ts"
import { withSettings } from "../servers/with-settings.ts"
import type { Sizes } from "../sizes.ts"
import { createCollectedCounter } from "../stores/berth-store.ts"
import { measureUnderLoad } from "./gc-load.ts"
import { NAME, listGcMetrics } from "./gc-metrics.ts"
import { collectOffline } from "./gc-offline.ts"
import {
  type Store,
  type Variants,
  createTables,
  pick,
  shapeOf,
  takeGarbage,
  withRunning,
  writeStore,
} from "./gc-store.ts"

// Of the garbage; of the rest some is collected under load.
const SHARE_ALONE = 0.15
const MOST_ALONE_SECONDS = 120
const POLL_MS = 250

/**
 * A store of very many small blobs, half of them garbage whose time has come. What pulls and pushes at half of the
 * measured peak cost with and without collection; how fast it goes alone; how fast a start is after kill -9.
 */
export function createGc(sizes: Sizes): Work {
  const run = async (bench: Bench) => {
    // It goes with the scratch directory: to remove a million files would keep the disk busy while others are measured.
    const directory = join(bench.scratch, NAME)
    await measureOurs(bench, { directory, root: join(directory, "root"), shape: shapeOf(sizes.gcBlobs), dueCount: 0 })
    for (const server of bench.servers.filter(({ name }) => name === "docker-registry")) {
      await attempt(bench, NAME, server, async () =>
        recordAll(bench, server, await collectOffline(bench, server, shapeOf(sizes.gcPeerBlobs))),
      )
    }
  }
  return { name: NAME, metrics: listGcMetrics(sizes), run }
}

async function measureOurs(bench: Bench, store: Store): Promise<void> {
  const server = bench.servers.find(({ name }) => name === OURS)
  if (server === undefined) return
  const debugPort = await findFreePort()
  const debug = { HTTP_DEBUG_ADDR: `127.0.0.1:${debugPort}`, HTTP_DEBUG_PROMETHEUS_ENABLED: "true" }
  const variants: Variants = {
    // The grace period is the default: what is garbage here has been it for years.
    on: withSettings(server, { GC_SWEEPDELAY: "1s", GC_INTERVAL: "1s", ...debug }),
    off: withSettings(server, { GC_PAUSED: "true", ...debug }),
    debugPort,
  }
  const step = (act: () => Promise<void>) => attempt(bench, NAME, server, act)
  if (!(await step(() => createTables(server, store)))) return
  // No step of the server's: a slow disk may take longer than a server gets.
  writeStore(bench, store)
  await settle(bench)
  await step(() => measureRestarts(bench, variants.off, store))
  let perSecond = 0
  await step(async () => void (perSecond = await measureAlone(bench, variants, store)))
  if (perSecond > 0) await measureUnderLoad(bench, variants, { store, perSecond })
}

async function measureRestarts(bench: Bench, server: Server, store: Store): Promise<void> {
  for (let index = 0; index < bench.sizes.starts; index++) {
    await withRunning(server, store, async (running) => {
      await runMixedLoad({ port: running.port, seconds: 1, pick: () => pick(store.shape) })
      process.kill(running.pid, "SIGKILL")
    })
    const startedInMs = await withRunning(server, store, async (running) => running.startedInMs)
    recordAll(bench, server, { [`${NAME}-restart`]: startedInMs })
  }
}

/** Gives the blobs that are collected in a second when nothing else is to be done. */
async function measureAlone(bench: Bench, { on }: Variants, store: Store): Promise<number> {
  const count = Math.floor(store.shape.garbage * SHARE_ALONE)
  takeGarbage(store, count)
  const collected = createCollectedCounter(store.root)
  return withRunning(on, store, async ({ pid }) => {
    const readings: number[] = []
    const startedAt = performance.now()
    const deadline = startedAt + MOST_ALONE_SECONDS * 1000
    while (performance.now() < deadline && collected() < count) {
      await Bun.sleep(POLL_MS)
      readings.push(readMemoryMiB(pid, "VmRSS"))
    }
    const rate = (collected() * 1000) / (performance.now() - startedAt)
    recordAll(bench, on, {
      [`${NAME}-rate`]: rate,
      [`${NAME}-memory`]: readMemoryMiB(pid, "VmHWM"),
      [`${NAME}-memory-growth`]: (readings.at(-1) ?? 0) - (readings[Math.floor(readings.length / 4)] ?? 0),
    })
    return rate
  })
}
