import { spawnSync } from "node:child_process"

/** Gives the first line that the program prints about its version, without its own name or a structured log line's braces. */
export function findProgramVersion(program: string, options: readonly string[]): string {
  const done = spawnSync(program, options, { encoding: "utf8", timeout: 10_000 })
  const line = `${done.stdout ?? ""}${done.stderr ?? ""}`.split("\n").find((text) => text.trim() !== "")
  if (done.error !== undefined || line === undefined) return "unknown version"
  return /\bv?\d+\.\d+[\w.+~-]*/.exec(line.startsWith("{") ? "" : line)?.[0] ?? "unknown version"
}
