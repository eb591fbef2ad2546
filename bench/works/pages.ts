import { type Bench, type Work, attempt, listRegistries } from "../bench.ts"
import { type Connection, withConnection } from "../clients/connection.ts"
import { type Kind, getName, getPagePath } from "../clients/many.ts"
import { expectStatus } from "../clients/push.ts"
import { OURS } from "../comparison.ts"
import { runRounds } from "../rounds.ts"
import type { Server } from "../servers/server.ts"
import type { Sizes } from "../sizes.ts"
import { findMedian, findPercentile } from "../statistics.ts"
import type { Filled, Filling } from "./filling.ts"

interface Page {
  kind: Kind
  size: number
  after: number
  total: number
}

/** Reads pages from anywhere in a long list of tags or repositories, one after another. */
export function createPages(sizes: Sizes, filling: Filling, kind: Kind): Work {
  const name = kind === "tags" ? "tags-page" : "catalog-page"
  const pageSizes = kind === "tags" ? [100, 1000] : [100]
  const getLabel = (size: number) =>
    `${kind === "tags" ? "tags/list" : "_catalog"}?n=${size} of ${sizes[kind] / 1000}k (peers: fewer)`
  const metrics = pageSizes.flatMap((size) => [
    { name: `${name}-${size}`, label: getLabel(size), unit: "ms", isLowerBetter: true },
    { name: `${name}-${size}-p99`, label: `${getLabel(size)}, p99`, unit: "ms", isLowerBetter: true, isDetail: true },
  ])
  const run = async (bench: Bench) => {
    const filled = await fillAll(bench, name, filling, kind)
    await runRounds(bench, {
      work: name,
      servers: [...filled.keys()],
      start: (server) => ({ root: filled.get(server)?.root ?? "" }),
      prepare: async ({ server, running }) => {
        const total = filled.get(server)?.count ?? 0
        const page = { kind, size: pageSizes[0] ?? 0, after: Math.floor(total / 2), total }
        const problem = await withConnection(
          running.port,
          async (connection) => (await readPage(connection, page)).problem,
        )
        if (problem !== undefined && server.name === OURS) throw new Error(problem)
        const message = [total < sizes[kind] ? `${total} ${kind} only` : "", problem ?? ""].filter(Boolean).join(", ")
        if (message !== "") bench.results.notes.push({ work: name, server: server.name, message })
        return total
      },
      measure: ({ running }, total) =>
        withConnection(running.port, async (connection) => {
          const values: Record<string, number> = {}
          for (const size of pageSizes) {
            const times = await timePages(connection, { kind, size, after: 0, total }, sizes.pages)
            values[`${name}-${size}`] = findMedian(times)
            values[`${name}-${size}-p99`] = findPercentile(times, 99)
          }
          return values
        }),
    })
  }
  return { name, metrics, run }
}

async function fillAll(bench: Bench, work: string, filling: Filling, kind: Kind): Promise<Map<Server, Filled>> {
  const filled = new Map<Server, Filled>()
  for (const server of listRegistries(bench)) {
    await attempt(bench, work, server, async () => void filled.set(server, await filling(bench, server, kind)))
  }
  return filled
}

async function timePages(connection: Connection, page: Page, count: number): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const after = Math.floor(Math.random() * Math.max(1, page.total - page.size - 1))
    times.push((await readPage(connection, { ...page, after })).ms)
  }
  return times
}

/** Gives the time of one page, and how it differs from the page that was asked for. */
async function readPage(connection: Connection, page: Page): Promise<{ ms: number; problem: string | undefined }> {
  const { kind, size, after, total } = page
  const started = performance.now()
  const { body } = await expectStatus(connection, 200, { method: "GET", path: getPagePath(kind, size, after) })
  const ms = performance.now() - started
  const names = (JSON.parse(body.toString()) as Record<Kind, string[] | undefined>)[kind] ?? []
  const isAsked = names.length === Math.min(size, total - after - 1) && names[0] === getName(kind, after + 1)
  return { ms, problem: isAsked ? undefined : `answers ${names.length} names from ${names[0]} in place of ${size}` }
}
