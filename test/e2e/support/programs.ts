import { test } from "bun:test"
import { join } from "node:path"

/** Where programs are looked for: those that `npm run test:setup` built, then the machine's, system programs too. */
export const PROGRAM_PATH = [
  join(import.meta.dir, "..", "..", "..", ".cache", "bin"),
  process.env["PATH"] ?? "",
  "/usr/sbin",
  "/sbin",
].join(":")

/** Said instead of a program's name by tests that only the superuser can run. */
export const ROOT = "root privileges"

const TIMEOUT_MS = 120_000

export type ClientTest = (name: string, body: () => Promise<void>) => void

/**
 * Gives a `test` for tests that use these programs. Where one is absent the test counts as skipped, and its name says
 * which: scripts/test.mjs reads the names from there.
 */
export function requirePrograms(...programs: string[]): ClientTest {
  const absent = programs.filter((program) => !isPresent(program))
  if (absent.length > 0) return (name, body) => test.skip(`${name} [absent: ${absent.join(", ")}]`, body)
  return (name, body) => test(name, body, TIMEOUT_MS)
}

function isPresent(program: string): boolean {
  if (program === ROOT) return process.getuid?.() === 0
  return Bun.which(program, { PATH: PROGRAM_PATH }) !== null
}
