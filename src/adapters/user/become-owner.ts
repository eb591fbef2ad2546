import { access, constants } from "node:fs/promises"
import { findClosedDirectory, findOwner } from "./owner.ts"

/** The calls of the process that a change of its user takes; absent on systems without users. */
export interface UserCalls {
  getuid?(): number
  getgroups?(): number[]
  setgroups?(groups: readonly number[]): void
  setgid?(gid: number): void
  setuid?(uid: number): void
}

interface Wishes {
  /** The directory whose owner is meant. */
  root: string
  /** Files that are read later, and may have been kept for the superuser. */
  files: readonly string[]
  calls: UserCalls
}

/**
 * Started by the superuser, makes the process the directory's owner, for good: what is written from then on belongs to the
 * same user as what is there. Where several users own parts of it the superuser stays, who can write to all of them.
 * Gives warnings for the operator.
 */
export async function becomeOwner({ root, files, calls }: Wishes): Promise<readonly string[]> {
  if (calls.getuid?.() !== 0) return []
  const owner = await findOwner(root)
  if (owner?.other !== undefined) {
    const { path, uid } = owner.other
    return [
      `running as root: ${root} belongs to the user ${owner.uid}, but ${path} to ${uid}; "chown -R" gives all of it to one`,
    ]
  }
  if (owner === undefined || owner.uid === 0)
    return [`running as root, who owns ${root}: give the directory to another user, and the server runs as that one`]
  const closed = await findClosedDirectory(root, owner)
  if (closed !== undefined)
    return [`running as root: the user ${owner.uid}, who owns ${root}, may not enter ${closed} above it`]
  try {
    // Groups that were given on purpose (--group-add) stay: a key or a file of passwords may be readable by them alone.
    calls.setgroups?.((calls.getgroups?.() ?? []).filter((group) => group !== 0))
    calls.setgid?.(owner.gid)
    calls.setuid?.(owner.uid)
  } catch (error) {
    return [`running as root: cannot become the user ${owner.uid}, who owns ${root}: ${describe(error)}`]
  }
  const unreadable = await Promise.all(files.map(isUnreadable))
  return files
    .filter((_, index) => unreadable[index])
    .map(
      (path) =>
        `running as the user ${owner.uid}, who owns ${root} and may not read ${path}: change its mode, or set BERTH_RUN_AS=root`,
    )
}

// A file that is absent is another matter, and whoever needs it says so.
function isUnreadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => false,
    (error: unknown) => error instanceof Error && "code" in error && error.code === "EACCES",
  )
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
