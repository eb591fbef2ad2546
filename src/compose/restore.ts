import { existsSync } from "node:fs"
import { readdir } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { blobPath } from "../adapters/blob-store/filesystem/layout.ts"
import { createStoredBlobs } from "../adapters/blob-store/filesystem/stored-blobs.ts"
import { systemClock as clock } from "../adapters/clock/system.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { ensureDirectory } from "../adapters/files/ensure-directory.ts"
import { createFilesystemLinkTree } from "../adapters/link-tree/filesystem.ts"
import { copyBlobs } from "../adapters/local-files/copy-blobs.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { acquireLock, type LockHolder } from "../adapters/metadata/sqlite/lock.ts"
import { pathOfAside, pathOfRestoring, placeDatabase, removeDatabase } from "../adapters/metadata/sqlite/placement.ts"
import { matchBlobs, prepareDatabase, readBackup } from "../adapters/metadata/sqlite/restore.ts"
import type { RestoreOrder, RestoreReport } from "../cli/restore.ts"
import type { Config } from "../config/config.ts"
import type { StoredBlob } from "../ports/blob-store.ts"
import { createRestore } from "../services/restore.ts"
import { checkRestored } from "./restored.ts"
import { findDatabasePath } from "./storage.ts"

interface Surroundings {
  workingDirectory: string
  holder: LockHolder
}

const PAGE = 1000

/** Makes a data directory of a backup and of the blobs that are there. Rejects with an Error whose message is for the operator. */
export async function restore(config: Config, order: RestoreOrder, around: Surroundings): Promise<RestoreReport> {
  if (config.storage.kind !== "filesystem") throw new Error("this configuration keeps everything in memory")
  const { workingDirectory, holder } = around
  const root = resolve(workingDirectory, config.storage.root)
  const path = resolve(workingDirectory, findDatabasePath(config, root))
  const backup = await findBackup(resolve(workingDirectory, order.backup))
  const manifest = readBackup(backup)
  const files = createDiskFiles()
  await ensureDirectory(files, join(root, "berth"))
  await ensureDirectory(files, dirname(path))
  const directories = new Set([join(root, "berth"), dirname(path)])
  const locks = [...directories].map((directory) => acquireLock(join(directory, "lock.db"), holder))
  try {
    const isThere = existsSync(path)
    if (isThere && !order.isForced) {
      throw new Error(`there is a database already, ${path}: --force moves it aside, and puts the backup in its place`)
    }
    const brought = await bringBlobs(dirname(backup), { root, order })
    const prepared = pathOfRestoring(path)
    try {
      await prepareDatabase(backup, prepared, clock.now())
      const settledLinks = await settle(prepared, root)
      const moved = await matchBlobs(prepared, listStored(root, order.signal))
      const { faults, counts, findings } = await checkRestored(config, { root, path: prepared, signal: order.signal })
      order.signal.throwIfAborted()
      const aside = pathOfAside(path, clock.now())
      await placeDatabase(prepared, path, aside)
      const blobs = { moved, broughtBlobs: brought, settledLinks }
      return { backup, manifest, root, ...blobs, faults, counts, findings, ...(isThere && { aside }) }
    } finally {
      await removeDatabase(prepared)
    }
  } finally {
    for (const lock of locks) lock.release()
  }
}

/** Of a directory the newest: their names sort as their times do. */
async function findBackup(path: string): Promise<string> {
  if (!existsSync(path)) throw new Error(`there is no ${path}`)
  const names = await readdir(path).catch(() => undefined)
  if (names === undefined) return path
  const newest = names
    .filter((name) => /^berth-\d{8}T\d{6}Z\.db$/.test(name))
    .toSorted()
    .at(-1)
  if (newest === undefined) throw new Error(`${path} holds no backup: name the file`)
  return join(path, newest)
}

/** Those that `berth backup --with-blobs` put beside the backup. */
async function bringBlobs(from: string, { root, order }: { root: string; order: RestoreOrder }): Promise<number> {
  if (!existsSync(join(from, "docker/registry/v2/blobs"))) return 0
  const files = createDiskFiles()
  const lister = {
    list: (at: string) => createStoredBlobs(files, at).list,
    pathOf: blobPath,
  }
  return (await copyBlobs({ from, to: root, signal: order.signal, progress: order.progress }, lister)).copied
}

async function settle(path: string, root: string): Promise<number> {
  const metadata = await createMetadata({ path, clock })
  try {
    await metadata.gc.noteRestored()
    const links = createFilesystemLinkTree(createDiskFiles(), root)
    return await createRestore({ records: metadata.exports, links }).settleLinks()
  } finally {
    await metadata.close()
  }
}

async function* listStored(root: string, signal: AbortSignal): AsyncGenerator<StoredBlob[]> {
  const store = createStoredBlobs(createDiskFiles(), root)
  for (let after: StoredBlob | undefined, hasMore = true; hasMore;) {
    signal.throwIfAborted()
    const page = await store.list({ limit: PAGE, ...(after !== undefined && { after }) })
    yield page.items
    after = page.items.at(-1)
    hasMore = page.hasMore
  }
}
