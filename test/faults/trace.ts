import { readFileSync } from "node:fs"

/** A system call of the server, from a log of strace -f -y. */
export interface SystemCall {
  name: string
  /** Everything between the parentheses; an open file is written as `17</path>`. */
  args: string
  hasFailed: boolean
  /** Places in the log. A call whose `begin` comes after another's `end` may have waited for it; otherwise it did not. */
  begin: number
  end: number
}

/** Reads the log; calls that never returned are left out. They come in the order in which they returned. */
export function readTrace(path: string): SystemCall[] {
  const calls: SystemCall[] = []
  const unfinished = new Map<string, { name: string; args: string; begin: number }>()
  for (const [at, line] of readFileSync(path, "latin1").split("\n").entries()) {
    const [, thread = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? []
    const begun = /^(\w+)\((.*) <unfinished \.\.\.>$/.exec(rest)
    if (begun !== null) unfinished.set(thread, { name: begun[1] ?? "", args: begun[2] ?? "", begin: at })
    const ended = /^(?:(\w+)\(|<\.\.\. \w+ resumed>)(.*)\) += (.*)$/.exec(rest)
    if (ended === null) continue
    const [, name, args = "", result = ""] = ended
    const start = name === undefined ? unfinished.get(thread) : { name, args: "", begin: at }
    if (start !== undefined) calls.push({ ...start, args: start.args + args, hasFailed: /^[-?]/.test(result), end: at })
  }
  return calls
}

/** The path of the open file that is the call's first argument. */
export function fileOf({ args }: SystemCall): string {
  return /^\d+<([^>]*)>/.exec(args)?.[1] ?? ""
}

/** The arguments in quotes: paths, or the beginning of what was written. */
export function textsOf({ args }: SystemCall): string[] {
  return [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text)
}
