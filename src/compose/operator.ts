import { existsSync, statSync } from "node:fs"
import { resolve } from "node:path"
import { blobPath } from "../adapters/blob-store/filesystem/layout.ts"
import { createStoredBlobs } from "../adapters/blob-store/filesystem/stored-blobs.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createAnonymousIdentity } from "../adapters/identity/anonymous.ts"
import { createLocalFiles } from "../adapters/local-files/local-files.ts"
import { createLogger } from "../adapters/logger/stderr.ts"
import type { LockHolder } from "../adapters/metadata/sqlite/lock.ts"
import { refuseHalfRestored } from "../adapters/metadata/sqlite/placement.ts"
import type { Local, Operator, OperatorWay } from "../cli/operator.ts"
import type { Config } from "../config/config.ts"
import { askControlSocket } from "../http/listener/control-socket.ts"
import { startThreads } from "../threads.ts"
import { createLazyApi } from "./api.ts"
import { findControlPath } from "./control.ts"
import { openDryStorage } from "./dry-storage.ts"
import { createServices } from "./services.ts"
import { findDatabasePath, openStorage, type Storage } from "./storage.ts"

interface Surroundings {
  version: string
  workingDirectory: string
  holder: LockHolder
}

/** A server that starts has the lock before it listens, and another command may hold it for a while. */
const LONGEST_WAIT_MS = 10_000
const PAUSE_MS = 100

/**
 * The server that runs on the store, or else the store itself, opened under the same lock: both answer the same requests.
 * Rejects with an Error whose message is for the operator.
 */
export async function openOperator(config: Config, around: Surroundings & OperatorWay): Promise<Operator> {
  if (config.storage.kind !== "filesystem") {
    throw new Error("this configuration keeps everything in the memory of its server: commands cannot reach it")
  }
  const root = resolve(around.workingDirectory, config.storage.root)
  if (statSync(root, { throwIfNoEntry: false }) === undefined)
    throw new Error(`there is no data directory ${root}: name the server's configuration with --config`)
  if (around.isDryRun === true) return serveHere(config, await openDryStorage(root), { ...around, root })
  const path = findControlPath(root)
  for (const giveUpAt = Date.now() + LONGEST_WAIT_MS; ; await Bun.sleep(PAUSE_MS)) {
    if (await isServed(path))
      return {
        isServer: true,
        local: describeLocal(root),
        ask: (request) => askControlSocket(path, request),
        close: () => Promise.resolve(),
      }
    const databasePath = resolve(around.workingDirectory, findDatabasePath(config, root))
    refuseHalfRestored(databasePath)
    if (around.isListing === true && !existsSync(databasePath))
      return serveHere(config, await openDryStorage(root), { ...around, root })
    // A mere look would leave a database, and a restore be refused because of it.
    if (around.needsDatabase === true && !existsSync(databasePath))
      throw new Error(
        `there is no database ${databasePath} to compare the storage with: restore a backup (berth restore), or start the server, which makes one`,
      )
    const storage = await tryToOpen(config, { ...around, root })
    if (!(storage instanceof Error)) return serveHere(config, storage, { ...around, root })
    if (Date.now() > giveUpAt) {
      throw new Error(
        `no server answers at ${path}, and ${storage.message}; if it runs on another host, run the command there`,
      )
    }
  }
}

/** Throws where there is a server that does not let this user in. */
async function isServed(path: string): Promise<boolean> {
  try {
    await askControlSocket(path, new Request("http://berth/api/v1/version"))
    return true
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    // One that is ending cuts the connection; the lock then says when it has ended.
    if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ECONNRESET") return false
    if (code === "EACCES" || code === "EPERM") {
      throw new Error(`${path} may be opened by its owner alone: run the command as the user that the server runs as`, {
        cause: error,
      })
    }
    throw error
  }
}

/** Gives the error when somebody else has the lock. */
async function tryToOpen(config: Config, place: Surroundings & { root: string }): Promise<Storage | Error> {
  const threads = startThreads()
  try {
    return await openStorage(config, { ...place, threads })
  } catch (error) {
    await threads.metadata.close().catch(() => undefined)
    if (error instanceof Error && isBusy(error.cause)) return error
    throw error
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "SQLITE_BUSY"
}

function describeLocal(root: string): Local {
  const files = createDiskFiles()
  return {
    root,
    files: createLocalFiles({ list: (at) => createStoredBlobs(files, at).list, pathOf: blobPath }),
  }
}

async function serveHere(
  config: Config,
  storage: Storage,
  { version, holder, isDryRun, isListing, root }: Surroundings & OperatorWay & { root: string },
): Promise<Operator> {
  const log = createLogger({ level: "error", formatter: "text", fields: {} })
  const services = createServices(config, { storage, identity: createAnonymousIdentity(), log, hostname: holder.host })
  // What is asked for of a directory that no server has taken over yet is taken over for it.
  if (isDryRun !== true) await services.adoption.open()
  // Listings show what is known, and there is no server that takes over the rest.
  if (isListing === true && services.adoption.isPartial())
    await services.adoption.run({ isFull: false, signal: new AbortController().signal })
  return {
    isServer: false,
    local: describeLocal(root),
    ask: createLazyApi(config, { services, log, version, isAlone: true }),
    close: async () => {
      await services.jobs.stop()
      await storage.close()
      log.flush()
    },
  }
}
