// `npm test`: the static checks, then all tests; `npm test -- test/e2e` runs those tests alone. Plain Node.
// The last line is "N passed, N failed[, N skipped]". With CI=true a skipped test is a failure.
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { runStaticChecks } from "./check.mjs"
import { ensureRuntime, root } from "./runtime.mjs"

const FOLDERS = ["./src", "./test", "./bench"]

const selection = process.argv.slice(2)
const bun = ensureRuntime()
const failedChecks = selection.length > 0 ? [] : runStaticChecks()
const scratch = mkdtempSync(join(tmpdir(), "berth-test-"))
const report = join(scratch, "report.xml")
const { status, output } = await runTests()
const skipped = readSkipped()
rmSync(scratch, { recursive: true, force: true })

const count = readCounts()
if (skipped.length > 0) explainSkipped()
if (failedChecks.length > 0) console.log(`Failed checks: ${failedChecks.join(", ")}`)
console.log(`${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ""}`)
const mayNotSkip = process.env.CI === "true" && count.skipped > 0
process.exit(count.failed > 0 || failedChecks.length > 0 || mayNotSkip ? 1 : 0)

// bun test writes its results to stderr: they are shown as they come, and kept for their closing lines.
function runTests() {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)))
  // A hung server must not hang the suite (end-to-end tests set longer limits of their own), nor outlive it.
  const args = ["test", "--timeout=30000", "--no-orphans", ...(selection.length > 0 ? selection : folders)]
  const child = spawn(bun, [...args, "--reporter=junit", `--reporter-outfile=${report}`], {
    cwd: root,
    env: {
      ...process.env,
      PATH: `${join(root, ".cache", "bin")}${delimiter}${process.env.PATH}`,
      ...(process.stderr.isTTY ? { FORCE_COLOR: "1" } : {}),
    },
    stdio: ["ignore", "inherit", "pipe"],
  })
  let output = ""
  child.stderr.on("data", (piece) => {
    output += piece
    process.stderr.write(piece)
  })
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (status) => resolve({ status, output }))
    // What a crashed run left behind may hold the pipe open: it is not waited for.
    child.on("exit", (status) => setTimeout(() => resolve({ status, output }), 2000).unref())
  })
}

// The closing lines count a file that does not load as a failure; the JUnit report leaves it out.
function readCounts() {
  const closing = stripVTControlCharacters(output).slice(-2000)
  const read = (word) => Number(closing.match(new RegExp(`^ *(\\d+) ${word}$`, "m"))?.[1] ?? 0)
  const failed = read("fail")
  if (status !== 0 && failed === 0) console.log(`bun test ended with status ${status} outside any test`)
  return {
    passed: read("pass"),
    failed: status === 0 ? failed : Math.max(1, failed),
    skipped: read("skip") + read("todo"),
  }
}

function readSkipped() {
  if (!existsSync(report)) return []
  const cases = readFileSync(report, "utf8").matchAll(/<testcase ([^>]*)>\s*<skipped/g)
  return [...cases].map(([, attributes]) => ({
    file: attribute(attributes, "file"),
    name: attribute(attributes, "name"),
  }))
}

function attribute(attributes, name) {
  const text = attributes.match(new RegExp(`(?:^| )${name}="([^"]*)"`))?.[1] ?? ""
  const entities = { lt: "<", gt: ">", quot: '"', apos: "'", "#10": "\n", amp: "&" }
  return text.replaceAll(/&(lt|gt|quot|apos|#10|amp);/g, (_, entity) => entities[entity])
}

// A test that needs a program which is not there says so in its name: "… [absent: podman, skopeo]".
function explainSkipped() {
  console.log("\nSkipped tests:")
  for (const { file, name } of skipped) console.log(`  ${file}: ${name}`)
  const programs = new Set(skipped.flatMap(({ name }) => name.match(/\[absent: ([^\]]+)\]$/)?.[1].split(", ") ?? []))
  if (programs.size > 0)
    console.log(
      `Absent programs: ${[...programs].join(", ")}. "npm run test:setup" installs what this machine can have.`,
    )
}
