import { join, resolve } from "node:path"
import { createLogger } from "../adapters/logger/stderr.ts"
import type { LockHolder } from "../adapters/metadata/sqlite/lock.ts"
import { describeExposure, describeStart } from "../cli/welcome.ts"
import type { Config } from "../config/config.ts"
import { createListener } from "../http/listener.ts"
import { withReadiness } from "../http/readiness.ts"
import { createFlushPullsJob } from "../jobs/flush-pulls.ts"
import { createPurgeUploadsJob } from "../jobs/purge-uploads.ts"
import { startSchedule, type Job } from "../jobs/schedule.ts"
import type { Logger } from "../ports/logger.ts"
import type { Threads } from "../threads.ts"
import { createRegistryApp } from "./app.ts"
import { openControl } from "./control.ts"
import { createHealthChecks } from "./health.ts"
import { openIdentity } from "./identity.ts"
import { createObservers } from "./observers.ts"
import { createServices, type Services } from "./services.ts"
import { openStorage } from "./storage.ts"

/** What the process brings. */
export interface Surroundings {
  warnings: readonly string[]
  version: string
  workingDirectory: string
  /** Named to whoever starts a second server on the same directory. */
  holder: LockHolder
  threads: Threads
  print(text: string): void
}

export interface Registry {
  /** Takes no more requests, lets transfers end within the configured time, and closes everything. */
  stop(): Promise<void>
}

/** Starts everything. Rejects with an Error whose message is for the operator. */
export async function startRegistry(config: Config, around: Surroundings): Promise<Registry> {
  const log = createLogger(config.log)
  const observers = createObservers(config.log, log)
  const exposure = describeExposure(config)
  for (const warning of exposure === undefined ? around.warnings : [...around.warnings, exposure]) log.warn(warning)
  const root = config.storage.kind === "filesystem" ? resolve(around.workingDirectory, config.storage.root) : undefined
  const [storage, identity] = await Promise.all([openStorage(config, { ...around, root }), openIdentity(config, log)])
  const services = createServices(config, { storage, identity, log })
  const directory = root === undefined ? undefined : join(root, "berth")
  const checks = createHealthChecks(config.health, { storage, directory, log })
  let isStopping = false
  const readiness = { isHealthy: () => checks.health.isHealthy(), isStopping: () => isStopping }
  const app = createRegistryApp(config, { services, log, exposure, observer: observers.observer })
  const { address, tls } = config.http
  if (tls?.certificate.kind === "letsencrypt") throw new Error("Let's Encrypt is not in this version")
  const listener = await createListener({
    address,
    tls: tls && { ...tls, ...tls.certificate },
    http2: tls === undefined ? config.http.h2c : config.http.http2,
    limits: config.limits,
    handler: withReadiness(app, readiness),
    log,
  }).catch(async (error: unknown) => {
    await storage.close()
    throw error
  })
  const control = await openControl(config, { root, services, log, version: around.version })
  const schedule = startSchedule([...createJobs(config, services, log), ...checks.jobs], log)
  around.print(describeStart(config, { port: listener.port, version: around.version, root }))
  return {
    stop: async () => {
      isStopping = true
      await Promise.all([listener.stop({ deadlineSeconds: config.http.drainTimeoutSeconds }), services.jobs.stop()])
      await schedule.stop()
      await control?.close()
      await services.pulls.flush()
      await storage.close()
      observers.flush()
      log.flush()
    },
  }
}

function createJobs({ uploadPurging }: Config, { pulls, uploads }: Services, log: Logger): Job[] {
  const purge = uploadPurging.enabled ? [createPurgeUploadsJob({ uploads, log, ...uploadPurging })] : []
  return [createFlushPullsJob(pulls), ...purge]
}
