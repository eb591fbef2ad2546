import { join, resolve } from "node:path"
import { systemClock as clock } from "../adapters/clock/system.ts"
import { randomIds as ids } from "../adapters/ids/random.ts"
import { createLogger } from "../adapters/logger/stderr.ts"
import type { LockHolder } from "../adapters/metadata/sqlite/lock.ts"
import { describeExposure, describeStart } from "../cli/welcome.ts"
import type { Config } from "../config/config.ts"
import type { LoadedConfig } from "../config/load-config.ts"
import { withReadiness } from "../http/readiness.ts"
import { createTrustedProxies } from "../http/trusted-proxies.ts"
import { startAdopting } from "../jobs/adopt.ts"
import { startCouriers } from "../jobs/deliver-events.ts"
import { createFlushPullsJob } from "../jobs/flush-pulls.ts"
import { createGcJob } from "../jobs/gc.ts"
import { createPurgeUploadsJob } from "../jobs/purge-uploads.ts"
import { startScrubbing } from "../jobs/scrub.ts"
import { startSchedule, type Job } from "../jobs/schedule.ts"
import { createTidyOutboxJob } from "../jobs/tidy-outbox.ts"
import type { Logger } from "../ports/logger.ts"
import type { Scrub } from "../services/scrub.ts"
import { guardWrites } from "../services/write-guard.ts"
import type { Threads } from "../threads.ts"
import { createRegistryApp } from "./app.ts"
import { openControl } from "./control.ts"
import { createHealthChecks } from "./health.ts"
import { openIdentity } from "./identity.ts"
import { openListeners } from "./listeners.ts"
import { measureStorage, offerCounts, offerRequestCount, openMetrics } from "./metrics.ts"
import { createObservers } from "./observers.ts"
import { createPolitePause } from "../adapters/pause/polite.ts"
import { createReload } from "./reload.ts"
import { createServices, type Services } from "./services.ts"
import { openTracer } from "./tracing.ts"
import { openStorage } from "./storage.ts"
import { createStorageGuard } from "./write-guard.ts"
import { fp } from "../failpoint.ts"

/** What the process brings. */
export interface Surroundings {
  /** Rejects with an Error whose message is for the operator. */
  readAgain: () => Promise<LoadedConfig>
  env: Readonly<Record<string, string | undefined>>
  version: string
  workingDirectory: string
  /** Named to whoever starts a second server on the same directory. */
  holder: LockHolder
  threads: Threads
  print(text: string): void
}

export interface Registry {
  /** Reads the configuration and the files that it names again, and says in the log what came of it. */
  reload(): Promise<void>
  /** Takes no more requests, lets transfers end within the configured time, and closes everything. */
  stop(): Promise<void>
}

/** Starts everything. Rejects with an Error whose message is for the operator. */
export async function startRegistry(started: LoadedConfig, around: Surroundings): Promise<Registry> {
  const { config, warnings } = started
  const log = createLogger(config.log)
  const [metrics, tracer] = await Promise.all([openMetrics(config, around.version), openTracer({ ...around, log })])
  const observers = createObservers(config.log, { log, metrics, tracer })
  const exposure = describeExposure(config)
  for (const warning of exposure === undefined ? warnings : [...warnings, exposure]) log.warn(warning)
  const root = config.storage.kind === "filesystem" ? resolve(around.workingDirectory, config.storage.root) : undefined
  const [opened, identity] = await Promise.all([
    openStorage(config, { ...around, root, log }),
    openIdentity(config, log),
  ])
  const storage = metrics === undefined ? opened : measureStorage(opened, config, metrics)
  const directory = root === undefined ? undefined : join(root, "berth")
  let requests = 0
  const rest = createPolitePause({ countRequests: () => requests })
  const unguarded = createServices(config, { storage, identity, log, hostname: around.holder.host, rest })
  const services = guardWrites(unguarded, createStorageGuard({ storage, directory, log }))
  if (metrics !== undefined) offerCounts(metrics, storage, services)
  fp("start.opened")
  await services.adoption.open()
  const checks = createHealthChecks(config.health, { storage, directory, log })
  let isStopping = false
  const readiness = { isHealthy: () => checks.health.isHealthy(), isStopping: () => isStopping }
  const parts = { services, log, exposure, observer: observers.observer }
  let app = createRegistryApp(config, parts)
  const proxies = createTrustedProxies(config.network.trustedProxies)
  const watch = { ids, log, observer: observers.observer, proxies }
  const listener = await openListeners(config, {
    app: withReadiness(
      (request, connection) => {
        requests++
        return app(request, connection)
      },
      readiness,
      watch,
    ),
    version: around.version,
    health: checks.health,
    readiness,
    metrics,
    log,
  }).catch(async (error: unknown) => {
    await storage.close()
    throw error
  })
  fp("start.listening")
  if (metrics !== undefined) offerRequestCount(metrics, listener)
  const couriers = startCouriers({ deliveries: services.deliveries, clock, log })
  const control = await openControl(config, { root, services, log, version: around.version })
  const adopting = startAdopting({ adoption: services.adoption, log })
  const forgetting = forgetLeft(config, services, log)
  const scrubbing = openScrubbing(config, services.scrub, log)
  const ending = new AbortController()
  const collecting = createGcJob({ gc: services.gc, log, signal: ending.signal, ...config.gc })
  const schedule = startSchedule([...createJobs(config, services, log), collecting, ...checks.jobs], log)
  around.print(describeStart(config, { port: listener.port, version: around.version, root }))
  const apply = ({ log: { level }, limits, catalog, tags, notifications }: Config): void => {
    log.setLevel(level)
    services.setLimits(limits)
    services.setNotifications(notifications)
    couriers.refresh()
    void services.deliveries.tidy().catch((error: unknown) => log.error("the outbox could not be tidied", { error }))
    app = createRegistryApp({ ...config, limits, catalog, tags }, parts)
  }
  const refreshFiles = () => Promise.all([identity.reload(), listener.reload()])
  return {
    reload: createReload({ started, readAgain: around.readAgain, apply, refreshFiles, log }),
    stop: async () => {
      isStopping = true
      ending.abort()
      storage.metadata.interrupt()
      await Promise.all([listener.stop({ deadlineSeconds: config.http.drainTimeoutSeconds }), services.jobs.stop()])
      await Promise.all([schedule.stop(), adopting.stop(), scrubbing?.stop(), forgetting])
      await control?.close()
      await services.pulls.flush()
      await services.events.flush()
      await couriers.stop()
      await storage.close()
      await tracer?.stop()
      observers.flush()
      log.flush()
    },
  }
}

/** A copy is as large as the database: nobody waits for it to go. Not in read-only mode, as below. */
async function forgetLeft({ storage }: Config, { backups }: Services, log: Logger): Promise<void> {
  if (storage.readOnly) return
  await backups.forgetLeft().catch((error: unknown) => log.warn("old copies of the database are left", { error }))
}

/** Not in read-only mode: it moves what is damaged, and somebody may be copying the directory. */
function openScrubbing({ scrub: { enabled, ...rules }, storage }: Config, scrub: Scrub, log: Logger) {
  if (storage.readOnly) return undefined
  return startScrubbing({ scrub, clock, log, isEnabled: enabled, ...rules })
}

function createJobs({ uploadPurging }: Config, { deliveries, pulls, uploads }: Services, log: Logger): Job[] {
  const purge = uploadPurging.enabled ? [createPurgeUploadsJob({ uploads, log, ...uploadPurging })] : []
  return [createFlushPullsJob(pulls), createTidyOutboxJob(deliveries), ...purge]
}
