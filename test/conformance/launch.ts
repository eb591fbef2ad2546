import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"
import { createScratch } from "../support/scratch.ts"

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts")

export interface Ended {
  code: number
  output: string
}

/** Runs `berth serve` with a configuration that is expected to be refused. */
export async function launchRefused(config: Record<string, unknown>): Promise<Ended> {
  using scratch = createScratch("berth-refused")
  const file = join(scratch.path, "config.yml")
  const base = { version: 0.1, storage: { filesystem: { rootdirectory: join(scratch.path, "data") } } }
  writeFileSync(file, stringify({ ...base, http: { addr: "127.0.0.1:0" }, ...config }))
  const child = Bun.spawn([process.execPath, MAIN, "serve", file], { stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000)
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()])
  const code = await child.exited
  clearTimeout(timer)
  if (child.signalCode !== null) throw new Error(`berth started all the same:\n${stdout}${stderr}`)
  return { code, output: stdout + stderr }
}
