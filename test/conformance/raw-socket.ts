import { connect, type Socket } from "node:net"
import { connect as connectSecurely } from "node:tls"
import type { Bytes } from "./content.ts"

export interface RawAnswer {
  /** 0 when the connection was closed without a status line. */
  status: number
  head: string
  body: string
  /** Whether the registry closed the connection within the time given. */
  isClosed: boolean
}

/** A connection that sends what `fetch` would not. */
export interface RawConnection extends Disposable {
  socket: Socket
  write(data: string | Bytes): void
  /** All that came so far. */
  received(): string
  /** Resolves with whether the registry closed within `seconds`. */
  waitForClose(seconds: number): Promise<boolean>
}

/** `localAddress`: the address to come from, such as 127.0.0.2. */
export async function openRaw(url: string, localAddress?: string): Promise<RawConnection> {
  const { hostname, port, protocol } = new URL(url)
  const isSecure = protocol === "https:"
  const place = { port: Number(port), host: hostname, ...(localAddress !== undefined && { localAddress }) }
  // A certificate of the test's own making is not to be verified here.
  const socket = isSecure ? connectSecurely({ ...place, rejectUnauthorized: false }) : connect(place)
  let text = ""
  const closed = new Promise<true>((resolve) => socket.once("close", () => resolve(true)))
  socket.on("data", (piece) => (text += piece.toString("latin1")))
  // A reset is one of the ways in which a registry may close.
  socket.on("error", () => undefined)
  await new Promise<void>((resolve) => {
    socket.once(isSecure ? "secureConnect" : "connect", resolve)
    socket.once("close", () => resolve())
  })
  return {
    socket,
    write: (data) => void (socket.destroyed || socket.write(data)),
    received: () => text,
    waitForClose: (seconds) => Promise.race([closed, Bun.sleep(seconds * 1000).then(() => false)]),
    [Symbol.dispose]: () => socket.destroy(),
  }
}

/** Sends the bytes as they are and reads until the registry closes, or for 3 s. */
export async function sendRaw(url: string, data: string | Bytes, localAddress?: string): Promise<RawAnswer> {
  using connection = await openRaw(url, localAddress)
  connection.write(data)
  const isClosed = await connection.waitForClose(3)
  const [head = "", ...rest] = connection.received().split("\r\n\r\n")
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0)
  return { status, head, body: rest.join("\r\n\r\n"), isClosed }
}

/** A request whose target is not normalised, after which the connection is to be closed. */
export function requestText(method: string, target: string, headers: readonly string[] = []): string {
  return [`${method} ${target} HTTP/1.1`, "Host: registry", "Connection: close", ...headers, "", ""].join("\r\n")
}
