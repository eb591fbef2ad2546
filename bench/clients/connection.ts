import type { Socket } from "bun"
import { type Answer, parseAnswer } from "./answer.ts"

export interface Exchange {
  /** The whole request, head and body. */
  bytes: Uint8Array
  isHead: boolean
  onAnswer(answer: Answer): void
  onError(error: Error): void
}

/** A keep-alive connection without a pool, redirects or decoding: what the load generator costs is taken from the server. */
export interface Connection {
  /** Sends one request and waits for its answer; the connection takes one at a time. */
  request(request: HttpRequest): Promise<Answer>
  exchange(exchange: Exchange): void
  close(): void
}

export interface HttpRequest {
  method: string
  path: string
  headers?: Record<string, string>
  body?: Uint8Array
}

export function encodeRequest(request: HttpRequest): Uint8Array {
  const headers = { Host: "127.0.0.1", "User-Agent": "bench", ...request.headers }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const hasBody = request.body !== undefined || !["GET", "HEAD"].includes(request.method)
  if (hasBody) lines.push(`Content-Length: ${request.body?.length ?? 0}\r\n`)
  const head = Buffer.from(`${request.method} ${request.path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1")
  return request.body === undefined ? head : Buffer.concat([head, request.body])
}

/** Gives what `use` gives, on a connection of its own. */
export async function withConnection<T>(port: number, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await openConnection(port)
  try {
    return await use(connection)
  } finally {
    connection.close()
  }
}

/** Connects to 127.0.0.1; over TLS the certificate is not looked at. */
export async function openConnection(port: number, isTls = false): Promise<Connection> {
  let current: Exchange | undefined
  let received: Buffer | undefined
  let unsent: Uint8Array | undefined
  let broken: Error | undefined

  const fail = (error: Error) => {
    broken ??= error
    const failed = current
    current = undefined
    failed?.onError(error)
  }
  const write = (socket: Socket, bytes: Uint8Array) => {
    const sent = Math.max(0, socket.write(bytes))
    unsent = sent < bytes.length ? bytes.subarray(sent) : undefined
  }
  const take = (piece: Buffer) => {
    if (current === undefined) return fail(new Error("an answer that nobody asked for"))
    const buffer = received === undefined ? piece : Buffer.concat([received, piece])
    const parsed = parseAnswer(buffer, current.isHead)
    // The piece belongs to the socket only until this handler returns.
    received = parsed === undefined ? (received === undefined ? Buffer.from(piece) : buffer) : undefined
    if (parsed === undefined) return
    const answered = current
    current = undefined
    answered.onAnswer(parsed.answer)
  }
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    ...(isTls ? { tls: { rejectUnauthorized: false } } : {}),
    socket: {
      data: (_, piece) => {
        try {
          take(piece)
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)))
        }
      },
      drain: (socket) => {
        if (unsent !== undefined) write(socket, unsent)
      },
      close: () => fail(new Error("the server closed the connection")),
      error: (_, error) => fail(error),
    },
  })
  const exchange = (next: Exchange) => {
    if (broken !== undefined) return next.onError(broken)
    current = next
    write(socket, next.bytes)
  }
  return {
    exchange,
    request: (request) =>
      new Promise((resolve, reject) => {
        const onAnswer = (answer: Answer) => resolve({ ...answer, body: Buffer.from(answer.body) })
        exchange({ bytes: encodeRequest(request), isHead: request.method === "HEAD", onAnswer, onError: reject })
      }),
    close: () => socket.end(),
  }
}
