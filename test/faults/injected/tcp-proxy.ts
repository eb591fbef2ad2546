import { connect, createServer, type Socket } from "node:net"

/** What becomes of one connection, from the side of whoever connected. */
export type Trouble =
  | "none"
  /** Closed before anything was passed on. */
  | "cut"
  /** Passed on, and closed before the answer. */
  | "cut before the answer"
  /** Passed on, and reset in the middle of the answer. */
  | "reset in the answer"
  /** Taken, and never heard of again. */
  | "half-open"
  | "one byte a second"
  /** Ten seconds before anything is passed on. */
  | "delay"

export const TROUBLES: readonly Trouble[] = [
  "cut",
  "cut before the answer",
  "reset in the answer",
  "half-open",
  "one byte a second",
  "delay",
]

export interface TcpProxy extends AsyncDisposable {
  port: number
  /** How many connections each trouble has met. */
  met: ReadonlyMap<Trouble, number>
}

/** Stands before `port` of this machine; asks for each new connection what is to become of it. */
export async function startTcpProxy(port: number, draw: () => Trouble): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const timers = new Set<Timer>()
  const met = new Map<Trouble, number>()

  function keep(socket: Socket): Socket {
    sockets.add(socket)
    // What breaks off is what is wanted here.
    return socket.on("error", () => undefined).on("close", () => sockets.delete(socket))
  }

  const server = createServer((client) => {
    keep(client)
    const trouble = draw()
    met.set(trouble, (met.get(trouble) ?? 0) + 1)
    if (trouble === "cut") return void client.destroy()
    if (trouble === "half-open") return void client.resume()
    if (trouble === "delay") return void timers.add(setTimeout(() => pass(client, trouble), 10_000))
    pass(client, trouble)
  })

  function pass(client: Socket, trouble: Trouble): void {
    const upstream = keep(connect(port, "127.0.0.1"))
    client.pipe(upstream)
    upstream.on("data", (data: Buffer) => answer(client, trouble, data)).on("end", () => client.end())
    client.on("close", () => upstream.destroy())
  }

  function answer(client: Socket, trouble: Trouble, data: Buffer): void {
    if (trouble === "cut before the answer") client.destroy()
    else if (trouble === "one byte a second") trickle(client, data)
    else if (trouble === "reset in the answer") client.write(data.subarray(0, 20), () => client.resetAndDestroy())
    else client.write(data)
  }

  function trickle(client: Socket, data: Buffer): void {
    let sent = 0
    const timer = setInterval(() => client.write(data.subarray(sent, ++sent)), 1000)
    timers.add(timer)
    client.on("close", () => clearInterval(timer))
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    met,
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearTimeout(timer)
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
