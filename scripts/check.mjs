// `npm run check`: format, lint, types, unused code, shape and unit tests, each with its time. Plain Node; under a minute.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { ensureRuntime, root } from "./runtime.mjs"

const STATIC = [
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "unused code", command: ["knip"] },
]

/** Runs the checks that start no test. Gives the names of those that failed; their output is printed. */
export function runStaticChecks() {
  ensureRuntime()
  return runAll(STATIC.map(({ name, command: [tool, ...args] }) => ({ name, command: [localTool(tool), ...args] })))
}

function runTests() {
  const bun = ensureRuntime()
  const shape = join("test", "architecture.test.ts")
  const test = [bun, "test", "--timeout=30000", "--no-orphans"]
  const checks = [{ name: "unit tests", command: [...test, "./src"] }]
  if (existsSync(join(root, shape))) checks.unshift({ name: "shape", command: [...test, `./${shape}`] })
  return runAll(checks)
}

function runAll(checks) {
  return checks.filter((check) => !passes(check)).map((check) => check.name)
}

function passes({ name, command: [program, ...args] }) {
  const start = performance.now()
  const done = spawnSync(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], maxBuffer: 2 ** 28 })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const isGood = done.status === 0
  console.log(`check: ${name} ${isGood ? "passed" : "FAILED"} (${seconds} s)`)
  if (!isGood) console.log(`${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`)
  return isGood
}

function localTool(name) {
  return join(root, "node_modules", ".bin", name)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const failed = [...runStaticChecks(), ...runTests()]
  if (failed.length > 0) console.log(`check: failed: ${failed.join(", ")}`)
  process.exit(failed.length > 0 ? 1 : 0)
}
