import { Glob } from "bun"
import { readFileSync } from "node:fs"
import { join } from "node:path"

const SRC = join(import.meta.dir, "..", "..", "..", "src")

/** The failpoints of the source. Throws for a call whose name cannot be read from it. */
export function listNames(): string[] {
  const names = readSources().flatMap(({ path, text }) => {
    const calls = [...text.matchAll(/(?<![\w.]|function )fp\(\s*(?:"([^"]+)")?/g)]
    return calls.map(([, name]) => {
      if (name === undefined || !/^[a-z]+(?:\.[a-z_]+)+$/.test(name))
        throw new Error(`${path}: a failpoint has no name`)
      return name
    })
  })
  return [...new Set(names)].sort()
}

/** The operations of the writing thread, by which `row.changed` and `row.committed` are told apart. */
export function listOperations(): string[] {
  const text = readSources()
    .filter(({ path }) => path.startsWith("adapters/metadata/"))
    .map((source) => source.text)
    .join("\n")
  const calls = [...text.matchAll(/\boperation(?:<[^(]*>)?\(\s*"([^"]+)"/g)]
  return [...new Set(calls.map(([, name = ""]) => name))].sort()
}

/** All that a server counts: each name, and each operation of `row`. */
export function listPoints(): string[] {
  const rows = ["row.changed", "row.committed"]
  return [...listNames(), ...listOperations().flatMap((operation) => rows.map((row) => `${row}=${operation}`))]
}

function readSources(): { path: string; text: string }[] {
  return [...new Glob("**/*.ts").scanSync(SRC)]
    .filter((path) => !/\.(?:test|contract)\.ts$/.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(SRC, path), "utf8") }))
}
