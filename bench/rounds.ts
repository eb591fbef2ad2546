import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { type Bench, attempt, recordAll, settle } from "./bench.ts"
import { type RunningServer, type StartOptions, startServer } from "./servers/running-server.ts"
import type { Server } from "./servers/server.ts"

export interface Subject {
  server: Server
  running: RunningServer
}

export interface Rounds<T> {
  work: string
  servers: readonly Server[]
  /** What differs from an empty server over plain HTTP. */
  start?(server: Server): Omit<StartOptions, "directory">
  /** Puts into the server what the work needs. */
  prepare(subject: Subject): Promise<T>
  /** Gives values by metric. Rejects when an answer is not what it should be. */
  measure(subject: Subject, prepared: T, round: number): Promise<Record<string, number>>
}

interface Opened<T> extends Subject {
  prepared: T
}

/** Starts all servers, measures them in alternation, each round beginning with another one, then stops them and removes their data. */
export async function runRounds<T>(bench: Bench, rounds: Rounds<T>): Promise<void> {
  const opened: Opened<T>[] = []
  try {
    for (const server of rounds.servers) {
      await attempt(bench, rounds.work, server, async () => void opened.push(await open(bench, rounds, server)))
    }
    for (let round = 0; round < bench.rounds; round++) {
      for (const subject of rotate(opened, round)) {
        await settle(bench)
        const isDone = await attempt(bench, rounds.work, subject.server, async () =>
          recordAll(bench, subject.server, await rounds.measure(subject, subject.prepared, round)),
        )
        if (isDone) continue
        // Its time limit is not to be spent in each round.
        opened.splice(opened.indexOf(subject), 1)
        await subject.running.stop()
      }
    }
  } finally {
    await Promise.all(opened.map(({ running }) => running.stop()))
    for (const server of rounds.servers) rmSync(getDirectory(bench, rounds, server), { recursive: true, force: true })
  }
}

async function open<T>(bench: Bench, rounds: Rounds<T>, server: Server): Promise<Opened<T>> {
  const directory = getDirectory(bench, rounds, server)
  mkdirSync(directory, { recursive: true })
  const running = await startServer(server, { ...rounds.start?.(server), directory })
  try {
    return { server, running, prepared: await rounds.prepare({ server, running }) }
  } catch (error) {
    await running.stop()
    throw error
  }
}

function getDirectory<T>(bench: Bench, { work }: Rounds<T>, server: Server): string {
  return join(bench.scratch, `${work}-${server.name}`)
}

function rotate<T>(values: readonly T[], by: number): T[] {
  const first = values.length === 0 ? 0 : by % values.length
  return [...values.slice(first), ...values.slice(0, first)]
}
