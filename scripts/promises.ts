// `npm run promises [-- ID …]`: runs the commands of PROMISES.md, each once, and prints a table of what came of them.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { listPromises } from "../test/docs/promises.ts"

const ROOT = join(import.meta.dir, "..")

async function main(wanted: readonly string[]): Promise<number> {
  const promises = listPromises(readFileSync(join(ROOT, "PROMISES.md"), "utf8"))
  const unknown = wanted.filter((id) => !promises.some((each) => each.id === id))
  if (unknown.length > 0) {
    console.error(`PROMISES.md has no ${unknown.join(", ")}; it has ${promises.map(({ id }) => id).join(", ")}`)
    return 2
  }
  const chosen = wanted.length === 0 ? promises : promises.filter(({ id }) => wanted.includes(id))
  const results = new Map<string, Result>()
  for (const command of new Set(chosen.flatMap(({ commands }) => commands))) results.set(command, await run(command))
  console.log(`\n${"id".padEnd(4)} ${"result".padEnd(7)} ${"seconds".padStart(7)}  command`)
  for (const { id, commands } of chosen)
    for (const command of commands) console.log(`${id.padEnd(4)} ${describe(results.get(command))}  ${command}`)
  const failed = [...results.values()].filter(({ code }) => code !== 0).length
  console.log(`\n${chosen.length} promises, ${results.size} commands, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

interface Result {
  code: number
  seconds: number
}

function describe(result: Result | undefined): string {
  const { code, seconds } = result ?? { code: 1, seconds: 0 }
  return `${(code === 0 ? "passed" : "FAILED").padEnd(7)} ${seconds.toFixed(0).padStart(7)}`
}

/** The output of one that passes is its last line. */
async function run(command: string): Promise<Result> {
  console.log(`$ ${command}`)
  const start = performance.now()
  const child = Bun.spawn(["bash", "-c", `${command} 2>&1`], { cwd: ROOT, stdin: "ignore", stdout: "pipe" })
  const output = (await new Response(child.stdout).text()).trimEnd()
  const code = await child.exited
  console.log(code === 0 ? output.slice(output.lastIndexOf("\n") + 1) : output.slice(-20_000))
  return { code, seconds: (performance.now() - start) / 1000 }
}

const HELP =
  "npm run promises [-- ID …]\n\nRuns the commands of PROMISES.md, or of those promises alone, and prints what came of each.\n"
const wanted = process.argv.slice(2)
if (wanted.some((each) => each === "--help" || each === "-h")) process.stdout.write(HELP)
else process.exitCode = await main(wanted)
