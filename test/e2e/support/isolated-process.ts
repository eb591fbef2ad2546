import { readFileSync } from "node:fs"
import { commandEnvironment } from "./command.ts"

export interface IsolatedProcess extends AsyncDisposable {
  /** All that it printed so far. */
  output(): string
  /** As this machine counts it, not the namespace. */
  pid(): number
}

// Its own mount and process namespaces: what it mounts and what it starts ends with it, however it ends. Where the
// tests themselves are killed, the kernel kills unshare (setpriv), and unshare's end kills what it runs.
const ISOLATED = [
  "setpriv",
  "--pdeathsig",
  "KILL",
  "unshare",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
]

/** Starts a daemon with the superuser's rights and waits, 30 seconds at most, until `isReady` says yes. */
export async function startIsolated(
  command: string[],
  isReady: (pid: number) => Promise<boolean>,
  env: Record<string, string> = {},
): Promise<IsolatedProcess> {
  const child = Bun.spawn([...ISOLATED, ...command], {
    env: commandEnvironment(env),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  let output = ""
  const drained = Promise.all([child.stdout, child.stderr].map((pipe) => drain(pipe, (text) => (output += text))))
  const daemon: IsolatedProcess = {
    output: () => output,
    pid: () => firstInside(child.pid) ?? raise(`${command[0]} has ended`),
    [Symbol.asyncDispose]: async () => {
      // The end of a namespace's first process is the end of all in it, and unshare ends after the last of them.
      const first = firstInside(child.pid)
      if (first !== undefined) process.kill(first, "SIGKILL")
      await child.exited
      await drained
    },
  }
  for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt++) {
    const pid = firstInside(child.pid)
    if (pid !== undefined && (await isReady(pid))) return daemon
    await Bun.sleep(50)
  }
  await daemon[Symbol.asyncDispose]()
  throw new Error(`${command[0]} did not start:\n${output}`)
}

function raise(message: string): never {
  throw new Error(message)
}

async function drain(pipe: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  for await (const piece of pipe) onText(decoder.decode(piece, { stream: true }))
}

// unshare passes no signal on: the daemon is its only child.
function firstInside(unshare: number): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(`/proc/${unshare}/task/${unshare}/children`, "utf8"), 10)
    return Number.isNaN(pid) ? undefined : pid
  } catch {
    // It has ended already.
    return undefined
  }
}
