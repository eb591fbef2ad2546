import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import type { Mutant } from "./mutant.ts"

const ROOT = join(import.meta.dir, "..", "..", "..")
/** What tests of the program need. */
const COPIED = ["src", "test/faults", "test/support", "package.json", "tsconfig.json", "bunfig.toml"]
const LONGEST_MS = 120_000

/** A copy of the sources, into which one bug after the other is put. */
export interface Sources extends Disposable {
  /** Puts the bug in, runs the test that has to find it, and takes the bug out. Gives what speaks against it; nothing: it was caught. */
  tryMutant(mutant: Mutant): Promise<string | undefined>
}

export function copySources(): Sources {
  const scratch = createScratch("berth-mutants")
  for (const path of COPIED) cpSync(join(ROOT, path), join(scratch.path, path), { recursive: true })
  symlinkSync(join(ROOT, "node_modules"), join(scratch.path, "node_modules"))
  return {
    tryMutant: async (mutant) => {
      const path = join(scratch.path, mutant.file)
      const source = readFileSync(path, "utf8")
      writeFileSync(path, mutate(source, mutant))
      try {
        return await findFlaw(scratch.path, mutant)
      } finally {
        writeFileSync(path, source)
      }
    },
    [Symbol.dispose]: () => scratch[Symbol.dispose](),
  }
}

/** The file with the bug. Throws where the place of the bug is not there, or not the only one. */
function mutate(source: string, { bug, file, find, replace }: Mutant): string {
  const places = source.split(find).length - 1
  if (places === 1) return source.replace(find, () => replace)
  throw new Error(`"${bug}" is to be put into ${file} in place of a text that is there ${places} times: ${find}`)
}

export function mutateFile(mutant: Mutant): string {
  return mutate(readFileSync(join(ROOT, mutant.file), "utf8"), mutant)
}

async function findFlaw(directory: string, { caughtBy }: Mutant): Promise<string | undefined> {
  // The pattern is looked for in the names of group and test with a space between, and nothing in ours is to mean anything.
  const pattern = caughtBy.test.replaceAll(" > ", " ").replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  const child = Bun.spawn([process.execPath, "test", `./${caughtBy.file}`, "--test-name-pattern", pattern], {
    cwd: directory,
    env: { ...process.env, FORCE_COLOR: "0" },
    stdout: "pipe",
    stderr: "pipe",
    timeout: LONGEST_MS,
    killSignal: "SIGKILL",
  })
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  await child.exited
  const said = `${output}${errors}`
  if (said.includes(`(fail) ${caughtBy.test}`)) return undefined
  if (said.includes(`(pass) ${caughtBy.test}`)) return "the test passes"
  return `the test did not run to its end:\n${said.slice(-2000)}`
}
