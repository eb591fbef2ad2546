import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createBlobFiles, createTail, writeRandom } from "../clients/blob-file.ts"
import { type Connection, openConnection } from "../clients/connection.ts"
import { expectStatus, pushBlobFile, pushFiles } from "../clients/push.ts"
import type { Sizes } from "../sizes.ts"

const REPOSITORY = "bench/memory"
const BYTES_PER_SECOND = 4096
const SLOW_PROCESSES = 4

/** Opens the connections, asks for one thing on each, and leaves them open for a while. */
export async function holdIdle(port: number, sizes: Sizes): Promise<void> {
  const connections: Connection[] = []
  try {
    for (let index = 0; index < sizes.connections; index++) {
      const connection = await openConnection(port)
      connections.push(connection)
      await expectStatus(connection, 200, { method: "GET", path: "/v2/" })
    }
    await Bun.sleep(sizes.idleSeconds * 1000)
    requireMost("idle connections", countEstablished(port), sizes.connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}

/** Reads one big blob on many connections at 4 KiB/s each. */
export async function readSlowly(port: number, directory: string, sizes: Sizes): Promise<void> {
  const [blob] = createBlobFiles(join(directory, "blob"), sizes.memoryPushBytes, 1)
  if (blob === undefined) return
  await pushBlobFile({ port, repository: REPOSITORY }, blob)
  const each = Math.ceil(sizes.connections / SLOW_PROCESSES)
  const url = `http://127.0.0.1:${port}/v2/${REPOSITORY}/blobs/${blob.digest}`
  const list = join(directory, "urls")
  writeFileSync(list, `url = "${url}"\noutput = "/dev/null"\n`.repeat(each))
  const parallel = ["--parallel", "--parallel-immediate", "--parallel-max", String(each)]
  const pace = ["--limit-rate", String(BYTES_PER_SECOND), "--max-time", String(sizes.slowSeconds + 30)]
  const options = ["-q", "--silent", "--fail", "--http1.1", "--noproxy", "*", ...parallel, ...pace, "--config", list]
  const readers = Array.from({ length: SLOW_PROCESSES }, () =>
    Bun.spawn(["curl", ...options], { stdout: "ignore", stderr: "ignore" }),
  )
  try {
    await Bun.sleep(sizes.slowSeconds * 1000)
    requireMost("slow readers", countEstablished(port), sizes.connections)
  } finally {
    for (const reader of readers) reader.kill("SIGTERM")
    await Promise.all(readers.map((reader) => reader.exited))
  }
}

/** Pushes many blobs at once that differ in their last bytes. */
export async function pushAtOnce(port: number, directory: string, sizes: Sizes): Promise<void> {
  const start = join(directory, "start")
  const hasher = writeRandom(start, sizes.memoryPushBytes - createTail(new Bun.CryptoHasher("sha256")).bytes.length)
  await Promise.all(
    Array.from({ length: sizes.memoryPushes }, async (_, index) => {
      const tail = createTail(hasher)
      const end = join(directory, `end-${index}`)
      writeFileSync(end, tail.bytes)
      await pushFiles({ port, repository: `${REPOSITORY}-${index}` }, [start, end], tail.digest)
    }),
  )
}

// A server that hangs up on its clients needs no memory for them: such a figure would compare nothing.
function requireMost(what: string, count: number, expected: number): void {
  if (count < expected * 0.9) throw new Error(`only ${count} of ${expected} ${what} were still connected`)
}

/** Counts this machine's established connections to the port, from the clients' side. */
function countEstablished(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , to, state]) => to?.endsWith(remote) && state === "01").length
}
