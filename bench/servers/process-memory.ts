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
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  )
}
