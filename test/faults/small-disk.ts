import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../support/scratch.ts"

export interface SmallDisk extends Disposable {
  path: string
  /** Takes so many bytes, or all that is left. */
  take(bytes?: number): void
  /** Gives back all that was taken. */
  free(): void
}

/** Whether this process may mount a file system. */
export function canMount(): boolean {
  try {
    mountSmallDisk(1)[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}

/** A file system of its own, of so many MiB, that goes away with `using`. */
export function mountSmallDisk(mebibytes: number): SmallDisk {
  const scratch = createScratch("berth-disk")
  const path = join(scratch.path, "disk")
  const ballast = join(path, "ballast")
  mkdirSync(path)
  run(["mount", "-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", path])
  return {
    path,
    take: (bytes = Infinity) => append(ballast, bytes),
    free: () => rmSync(ballast),
    [Symbol.dispose]: () => {
      run(["umount", "-l", path])
      scratch[Symbol.dispose]()
    },
  }
}

function append(path: string, bytes: number): void {
  const file = openSync(path, "a")
  const page = new Uint8Array(4096)
  try {
    for (let taken = 0; taken < bytes; taken += page.length) writeSync(file, page)
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error
  } finally {
    closeSync(file)
  }
}

function run(command: string[]): void {
  const done = Bun.spawnSync(command, { stderr: "pipe" })
  if (done.exitCode !== 0) throw new Error(`${command.join(" ")}: ${done.stderr.toString().trim()}`)
}
