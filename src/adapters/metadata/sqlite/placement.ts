import { existsSync, readdirSync } from "node:fs"
import { constants, copyFile, link, lstat, rename, rm } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { Database } from "bun:sqlite"
import { createDiskFiles } from "../../files/disk.ts"
import { syncFile } from "../../files/sync-file.ts"

/** What SQLite keeps beside a database. */
const COMPANIONS = ["-wal", "-shm", "-journal"]
const RESTORING = ".restoring"
const ASIDE = /^\.before-\d{8}T\d{6}Z$/

/** Where the database that is to stand at `path` is made. */
export function pathOfRestoring(path: string): string {
  return `${path}${RESTORING}`
}

/** Where the one that stands there goes. */
export function pathOfAside(path: string, at: number): string {
  return `${path}.before-${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`
}

/**
 * Gives the database its place, durable. One that is there can be found at `aside` from then on. At each moment one of the
 * two stands at `path`, whole, whenever this is cut off; only where the old one is too damaged to be opened there is a
 * moment without any, in which `refuseHalfRestored` throws.
 */
export async function placeDatabase(from: string, path: string, aside: string): Promise<void> {
  foldLog(from)
  await syncFile(from)
  if (!existsSync(path)) await moveWhereThere(path, aside, COMPANIONS)
  else if (canFoldLog(path)) await linkOrCopy(path, aside)
  // What is in its log cannot be told from the rest: they stay together.
  else await moveWhereThere(path, aside, ["", ...COMPANIONS])
  await createDiskFiles().syncDirectory(dirname(path))
  await rename(from, path)
  await createDiskFiles().syncDirectory(dirname(path))
}

export async function removeDatabase(path: string): Promise<void> {
  for (const suffix of ["", ...COMPANIONS]) await rm(`${path}${suffix}`, { force: true })
}

/** Throws, for the operator, where a restore was cut off while no database stood at `path`: a new one would know nothing. */
export function refuseHalfRestored(path: string): void {
  if (existsSync(path) || !existsSync(dirname(path))) return
  const rests = readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path)))
  const aside = rests.find((name) => ASIDE.test(name.slice(basename(path).length)))
  if (aside === undefined) return
  throw new Error(
    `a restore was cut off before its database stood at ${path}: repeat berth restore; the one before it is ${join(dirname(path), aside)}`,
  )
}

/** Brings all into the one file. Throws where it cannot be read, or another program has it open. */
function foldLog(path: string): void {
  const database = new Database(path, { readwrite: true, create: false })
  try {
    database.run("PRAGMA synchronous = FULL")
    database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    const { journal_mode: mode } =
      database.query<{ journal_mode: string }, []>("PRAGMA journal_mode = DELETE").get() ?? {}
    if (mode !== "delete") throw new Error(`another program has the database ${path} open: end it`)
  } finally {
    database.close(true)
  }
}

/** `false`: it is damaged. Throws where another program has it open. */
function canFoldLog(path: string): boolean {
  try {
    foldLog(path)
    return true
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : ""
    if (code.startsWith("SQLITE_CORRUPT") || code.startsWith("SQLITE_NOTADB")) return false
    throw error
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error: unknown) => {
    if (existsSync(to)) throw error
    // Not every file system has links.
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await syncFile(to)
  })
}

async function moveWhereThere(from: string, to: string, suffixes: readonly string[]): Promise<void> {
  for (const suffix of suffixes) {
    const isThere = (await lstat(`${from}${suffix}`).catch(() => undefined)) !== undefined
    if (isThere) await rename(`${from}${suffix}`, `${to}${suffix}`)
  }
}
