#!/usr/bin/env node
// The launcher that npm links as `berth` and `registry`: the program itself runs on Bun.
import { spawn } from "node:child_process"
import { constants } from "node:os"
import { join } from "node:path"
import { ensureRuntime, root } from "../scripts/runtime.mjs"

let bun
try {
  bun = ensureRuntime()
} catch (error) {
  console.error(`berth: ${error.message}`)
  process.exit(1)
}
// Bun would take variables and settings of its own from files of the working directory.
const quiet = ["--no-env-file", "--config=/dev/null"]
const child = spawn(bun, [...quiet, join(root, "src", "main.ts"), ...process.argv.slice(2)], { stdio: "inherit" })
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)))
