// Runs the official conformance program of the distribution-spec against Berth: `npm run conformance -- PROGRAM [--save]`.
// The program is built from its own repository (Go 1.24: `go build` in `conformance/`) and is no part of this one.
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { startBerth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"
import { isClean, readReport, type OfficialReport } from "./official-report.ts"

const RESULT = join(import.meta.dir, "official-result.json")
const VERSION = "dev"

async function runProgram(program: string): Promise<OfficialReport | undefined> {
  using scratch = createScratch("berth-official")
  await using berth = await startBerth()
  const child = Bun.spawn([program], {
    cwd: scratch.path,
    env: {
      ...process.env,
      OCI_REGISTRY: berth.host,
      OCI_TLS: "disabled",
      OCI_REPO1: "conformance/first",
      OCI_REPO2: "conformance/second",
      OCI_VERSION: VERSION,
      OCI_RESULTS_DIR: scratch.path,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  })
  const output = await child.stdout.text()
  await child.exited
  const results = join(scratch.path, "results.yaml")
  return existsSync(results) ? readReport(output, readFileSync(results, "utf8")) : undefined
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { save: { type: "boolean", default: false }, commit: { type: "string" } },
  })
  const [program] = positionals
  if (program === undefined || (values.save && values.commit === undefined)) {
    console.error("usage: npm run conformance -- PROGRAM [--save --commit COMMIT-OF-THE-PROGRAM]")
    return 2
  }
  const report = await runProgram(program)
  if (report === undefined) {
    console.error(`${program} wrote no results.yaml`)
    return 1
  }
  for (const [name, count] of Object.entries(report.totals)) console.log(`${name.padEnd(10)}${count}`)
  for (const failure of report.failures) console.log(`not passed: ${failure}`)
  if (values.save) {
    const date = new Date().toISOString()
    const result = {
      program: "opencontainers/distribution-spec/conformance",
      commit: values.commit,
      date,
      version: VERSION,
    }
    writeFileSync(RESULT, `${JSON.stringify({ ...result, totals: report.totals }, undefined, 2)}\n`)
  }
  return isClean(report) ? 0 : 1
}

process.exitCode = await main()
