import { type Server, type Socket, connect, createServer } from "node:net"

export interface Cut {
  /** Cuts requests of which `METHOD /path` matches. */
  request: RegExp
  /** Counts what the client sends ("up") or what the server sends ("down"), heads included. */
  direction: "up" | "down"
  afterBytes: number
  times: number
}

/** A request as it passed through, and the head of its answer. */
export interface Exchange {
  request: string
  head: string
  answerHead: string
  wasCut: boolean
}

export interface CuttingProxy extends AsyncDisposable {
  host: string
  url: string
  exchanges: Exchange[]
}

/** Stands before a plain HTTP server, notes its requests, and breaks the connections it was told to break. */
export async function startCuttingProxy(targetPort: number, cut?: Cut): Promise<CuttingProxy> {
  const exchanges: Exchange[] = []
  const open = new Set<Socket>()
  let cutsLeft = cut?.times ?? 0
  const server = createServer((client) => {
    const upstream = connect(targetPort, "127.0.0.1")
    const sockets = [client, upstream]
    let current: Exchange | undefined
    let passedBytes = 0
    for (const socket of sockets) {
      open.add(socket)
      socket.on("error", () => undefined)
      socket.on("close", () => open.delete(socket))
    }
    client.on("close", () => upstream.destroy())
    // Not destroyed: what the server sent last may still be on its way.
    upstream.on("close", () => client.end())
    // Clients wait for an answer before their next request, so a request always begins a piece.
    client.on("data", (data) => {
      const piece = Buffer.from(data)
      const head = /^((?:GET|HEAD|POST|PUT|PATCH|DELETE) \S+) HTTP\/1\.1\r\n/.exec(piece.toString("latin1", 0, 4096))
      if (head?.[1] !== undefined) {
        current = { request: head[1], head: readHead(piece), answerHead: "", wasCut: false }
        passedBytes = 0
        exchanges.push(current)
      }
      pass("up", piece, upstream)
    })
    upstream.on("data", (data) => {
      const piece = Buffer.from(data)
      if (current?.answerHead === "") current.answerHead = readHead(piece)
      pass("down", piece, client)
    })

    function pass(direction: Cut["direction"], piece: Buffer, to: Socket): void {
      if (current?.wasCut === true) return
      const isCounted = cut?.direction === direction && current !== undefined && cut.request.test(current.request)
      passedBytes += isCounted ? piece.length : 0
      if (isCounted && current !== undefined && passedBytes >= cut.afterBytes && cutsLeft > 0) {
        cutsLeft--
        current.wasCut = true
        for (const socket of sockets) socket.end(() => socket.destroy())
        return
      }
      if (!to.write(piece)) {
        const from = to === client ? upstream : client
        from.pause()
        to.once("drain", () => from.resume())
      }
    }
  })
  const port = await listen(server)
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    exchanges,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function readHead(piece: Buffer): string {
  const text = piece.toString("latin1", 0, 16_384)
  const end = text.indexOf("\r\n\r\n")
  return end === -1 ? text : text.slice(0, end)
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (address === null || typeof address === "string") reject(new Error("the proxy has no TCP address"))
      else resolve(address.port)
    })
  })
}
