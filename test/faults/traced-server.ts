import { readFileSync } from "node:fs"
import { join } from "node:path"
import { findFreePort } from "../support/free-port.ts"
import { serverCommand } from "./server-command.ts"

const CALLS =
  "write pwrite64 writev pwritev pwritev2 sendto sendmsg fsync fdatasync sync_file_range rename renameat renameat2 " +
  "link linkat mkdir mkdirat unlink unlinkat ftruncate"

export interface TracedServer {
  url: string
  root: string
  /** Where strace writes. */
  log: string
  /** Ends the server; the log is whole then. */
  stop(): Promise<void>
}

/** Starts the server under strace, on an empty directory. */
export async function startTraced(directory: string): Promise<TracedServer> {
  const port = await findFreePort()
  const root = join(directory, "data")
  const log = join(directory, "trace.log")
  const strace = ["strace", "-f", "-y", "-s", "256", "-e", `trace=${CALLS.replaceAll(" ", ",")}`, "-o", log]
  const child = Bun.spawn([...strace, ...serverCommand({ root, port, directory })], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  })
  const url = `http://127.0.0.1:${port}`
  for (let attempt = 0; (await fetch(`${url}/v2/`).catch(() => undefined)) === undefined; attempt++) {
    if (child.exitCode !== null || attempt === 1000) throw new Error(await new Response(child.stderr).text())
    await Bun.sleep(20)
  }
  return {
    url,
    root,
    log,
    stop: async () => {
      // The child of strace is the server; strace ends with it.
      const [server] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").split(" ")
      process.kill(Number(server), "SIGTERM")
      await child.exited
    },
  }
}
