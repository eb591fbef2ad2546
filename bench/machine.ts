import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs"
import { cpus, loadavg, release, totalmem } from "node:os"
import { join } from "node:path"
import { WRK } from "./clients/wrk.ts"
import { findProgramVersion } from "./servers/program-version.ts"
import { findMedian } from "./statistics.ts"

export interface Machine {
  processor: string
  hasShaInstructions: boolean
  cores: number
  memoryGiB: number
  kernel: string
  fileSystem: string
  /** Median of writing 4 KiB and syncing them, in the scratch directory. */
  fsyncMs: number
  /** Runnable processes just before the run: what others used of the machine. */
  loadBefore: number
  clients: Record<string, string>
}

export function describeMachine(scratch: string): Machine {
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" ") ?? []
  return {
    processor: cpus()[0]?.model ?? "unknown",
    hasShaInstructions: flags.includes("sha_ni") || flags.includes("sha2"),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    fileSystem: findFileSystem(scratch),
    fsyncMs: measureFsync(scratch),
    loadBefore: loadavg()[0] ?? 0,
    clients: {
      curl: findProgramVersion("curl", ["--version"]),
      openssl: findProgramVersion("openssl", ["version"]),
      wrk: WRK === null ? "absent" : findProgramVersion(WRK, ["-v"]),
    },
  }
}

export function formatMachine(machine: Machine): string {
  const { processor, hasShaInstructions, cores, memoryGiB, kernel, fileSystem, fsyncMs, loadBefore } = machine
  const sha = `SHA instructions: ${hasShaInstructions ? "yes" : "no"}`
  const clients = Object.entries(machine.clients).map(([name, version]) => `${name} ${version}`)
  return [
    `${processor} × ${cores} (${sha}), ${memoryGiB} GiB, Linux ${kernel}`,
    `scratch on ${fileSystem}, fsync ${fsyncMs.toFixed(2)} ms; load before ${loadBefore.toFixed(2)}; ${clients.join(", ")}`,
  ].join("\n")
}

function findFileSystem(path: string): string {
  const mounts = readFileSync("/proc/mounts", "utf8").trim().split("\n")
  const holding = mounts
    .map((line) => line.split(" "))
    .filter(([, point = ""]) => point === "/" || path === point || path.startsWith(`${point}/`))
  const [device, , type] = holding.sort(([, a = ""], [, b = ""]) => a.length - b.length).at(-1) ?? []
  return type === undefined ? "unknown" : `${type} (${device})`
}

function measureFsync(scratch: string): number {
  const file = openSync(join(scratch, "fsync"), "w")
  const times = Array.from({ length: 25 }, () => {
    writeSync(file, new Uint8Array(4096))
    const started = performance.now()
    fsyncSync(file)
    return performance.now() - started
  })
  closeSync(file)
  return findMedian(times)
}
