import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts")

/** The command that serves `root`, for tests that start it in their own way. Its configuration is written to `directory`. */
export function serverCommand(options: { root: string; port: number; directory: string }): string[] {
  const file = join(options.directory, `config-${options.port}.yml`)
  const storage = { filesystem: { rootdirectory: options.root }, delete: { enabled: true } }
  writeFileSync(file, stringify({ version: 0.1, storage, http: { addr: `127.0.0.1:${options.port}` } }))
  return [process.execPath, MAIN, "serve", file]
}
