import { connect } from "node:net"
import { connect as connectSecurely } from "node:tls"

interface Cut {
  port: number
  isSecure: boolean
  method: string
  target: string
  /** What is sent of the body, of which there is to be more. */
  sent: Uint8Array
}

const LONGEST_MS = 10_000

/**
 * Sends the beginning of a request, ends the connection, and waits until the server has ended it as well. Throws where
 * there was no connection to cut.
 */
export async function cutRequest({ port, isSecure, method, target, sent }: Cut): Promise<void> {
  const place = { host: "127.0.0.1", port }
  const socket = isSecure ? connectSecurely({ ...place, rejectUnauthorized: false }) : connect(place)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => reject(new Error("the server keeps a connection that was cut")), LONGEST_MS)
  let isOpen = false
  const end = (error?: Error) =>
    isOpen ? resolve() : reject(new Error("there was no connection to cut", { cause: error }))
  socket.on("error", end)
  socket.on("close", () => end())
  // An answer may come: it is not waited for.
  socket.resume()
  socket.on(isSecure ? "secureConnect" : "connect", () => {
    isOpen = true
    const head = `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${sent.length + 1}\r\n\r\n`
    socket.end(Buffer.concat([Buffer.from(head), sent]))
  })
  try {
    await promise
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}
