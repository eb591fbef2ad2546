import { readdir, realpath, stat } from "node:fs/promises"
import { dirname, join } from "node:path"

export interface User {
  readonly uid: number
  readonly gid: number
}

export interface Owner extends User {
  /** A path below the directory that is somebody else's, and whose; absent where all that was looked at is the owner's. */
  readonly other?: { readonly path: string; readonly uid: number }
}

/** Directories that a registry writes into, and those whose entries it writes into as well. */
const WRITTEN = ["docker", "docker/registry", "docker/registry/v2"]
const LISTED = ["docker/registry/v2/blobs/sha256", "docker/registry/v2/repositories", "berth"]
/** Blobs have 256 directories; of more repositories the first ones speak for the rest. */
const MOST_ENTRIES = 1000

/** Finds whose a data directory is, by its directories and not by every blob. `undefined`: there is no such directory. */
export async function findOwner(root: string): Promise<Owner | undefined> {
  const owner = await findUser(root)
  if (owner === undefined) return undefined
  const listed = await Promise.all(LISTED.map((path) => listEntries(join(root, path))))
  for (const path of [...WRITTEN, ...LISTED].map((each) => join(root, each)).concat(...listed)) {
    const user = await findUser(path)
    if (user !== undefined && user.uid !== owner.uid) return { ...owner, other: { path, uid: user.uid } }
  }
  return owner
}

/**
 * Finds a directory above the data directory that the user may not enter, as systemd puts one above those of its dynamic
 * users: whoever became that user could not reach the data any more.
 */
export async function findClosedDirectory(root: string, { uid, gid }: User): Promise<string | undefined> {
  for (let path = dirname(await realpath(root)); ; path = dirname(path)) {
    const above = await stat(path)
    const mayEnter = above.uid === uid ? 0o100 : above.gid === gid ? 0o010 : 0o001
    if ((above.mode & mayEnter) === 0) return path
    if (path === dirname(path)) return undefined
  }
}

async function listEntries(path: string): Promise<string[]> {
  const names = await readdir(path).catch(ignoreAbsent)
  return (names ?? []).slice(0, MOST_ENTRIES).map((name) => join(path, name))
}

async function findUser(path: string): Promise<User | undefined> {
  const found = await stat(path).catch(ignoreAbsent)
  return found && { uid: found.uid, gid: found.gid }
}

function ignoreAbsent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code))) return undefined
  throw error
}
