// Runs Bun with the given arguments: `node scripts/run.mjs bench/main.ts --help`.
import { spawnSync } from "node:child_process"
import { ensureRuntime, root } from "./runtime.mjs"

const done = spawnSync(ensureRuntime(), process.argv.slice(2), { cwd: root, stdio: "inherit" })
process.exit(done.status ?? 1)
