import { findPercentile } from "../statistics.ts"
import { type Connection, type HttpRequest, encodeRequest, openConnection } from "./connection.ts"

export interface Load {
  port: number
  connections: number
  seconds: number
  request: HttpRequest
}

export interface LoadResult {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
}

/** Repeats one request on each of the connections for a fixed time, each connection waiting for its answer. Rejects unless every answer is a 200. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const connections = await Promise.all(Array.from({ length: load.connections }, () => openConnection(load.port)))
  try {
    const latenciesMs: number[] = []
    const started = performance.now()
    const deadline = started + load.seconds * 1000
    await Promise.all(connections.map((connection) => repeat(connection, load.request, deadline, latenciesMs)))
    const seconds = (performance.now() - started) / 1000
    return {
      requestsPerSecond: latenciesMs.length / seconds,
      p50Ms: findPercentile(latenciesMs, 50),
      p99Ms: findPercentile(latenciesMs, 99),
    }
  } finally {
    for (const connection of connections) connection.close()
  }
}

// Callbacks, not a promise a request: the load generator shares two cores with the server that it measures.
function repeat(connection: Connection, request: HttpRequest, deadline: number, latenciesMs: number[]): Promise<void> {
  const bytes = encodeRequest(request)
  const isHead = request.method === "HEAD"
  return new Promise((resolve, reject) => {
    let sentAt = performance.now()
    const exchange = {
      bytes,
      isHead,
      onError: reject,
      onAnswer: ({ status }: { status: number }) => {
        if (status !== 200) return reject(new Error(`${request.method} ${request.path} was answered ${status}`))
        const now = performance.now()
        latenciesMs.push(now - sentAt)
        if (now >= deadline) return resolve()
        sentAt = now
        connection.exchange(exchange)
      },
    }
    connection.exchange(exchange)
  })
}
