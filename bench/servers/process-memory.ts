import { readFileSync, readdirSync } from "node:fs"

/** Gives what the process and its children hold of memory, in MiB: `VmRSS` now, `VmHWM` at its most (the sum of each one's). */
export function readMemoryMiB(pid: number, field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8")
  const kilobytes = Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1])
  if (!Number.isFinite(kilobytes)) throw new Error(`no ${field} of process ${pid}`)
  return listChildren(pid).reduce((sum, child) => sum + readMemoryMiB(child, field), kilobytes / 1024)
}

function listChildren(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readChildren(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  )
}

/** A thread may end between its listing and this; what it had started is then another thread's. */
function readChildren(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return ""
    throw error
  }
}
