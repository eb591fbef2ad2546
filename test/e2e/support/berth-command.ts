import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"
import { createScratch } from "../../support/scratch.ts"
import { run } from "./command.ts"

const MAIN = join(import.meta.dir, "..", "..", "..", "src", "main.ts")

/** Runs a command of Berth on a data directory. Throws, with all that it printed, when it fails. */
export async function runBerth(args: readonly string[], { root }: { root: string }): Promise<string> {
  using scratch = createScratch("berth-command")
  const file = join(scratch.path, "config.yml")
  writeFileSync(file, stringify({ version: 0.1, storage: { filesystem: { rootdirectory: root } } }))
  // The file goes when this returns.
  return await run([process.execPath, MAIN, ...args, "--config", file])
}
