import type { CliDependencies } from "./dependencies.ts"
import type { Operator } from "./operator.ts"
import { runProgram } from "./program.ts"

interface Surroundings extends Partial<CliDependencies> {
  /** Answers the command's requests. */
  answer: Operator["ask"]
  isServer?: boolean
}

/** Runs one command. Gives its exit code and what it printed. */
export async function runCommand(
  { answer, isServer = true, ...changes }: Surroundings,
  ...argv: string[]
): Promise<{ code: number; out: string; err: string }> {
  const seen = { out: "", err: "" }
  const code = await runProgram({
    argv,
    env: {},
    version: "1.2.3",
    isTerminal: false,
    readFile: () => Promise.reject(new Error("no file")),
    serve: () => Promise.resolve(0),
    openOperator: () => Promise.resolve({ ask: answer, isServer, close: () => Promise.resolve() }),
    ask: () => Promise.resolve("n"),
    wait: () => Promise.resolve(),
    now: () => 0,
    onInterrupt: () => () => undefined,
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
    ...changes,
  })
  return { code, ...seen }
}
