import { connect } from "node:net"
import type { Probe } from "../../ports/probe.ts"

interface TcpProbeOptions {
  /** `host:port`; the host of IPv6 in brackets. */
  address: string
  timeoutSeconds: number
}

// Where no timeout is set distribution waits for as long as the system does.
const LONGEST_SECONDS = 30

/** Fails unless somebody takes a connection at the address. */
export function createTcpProbe({ address, timeoutSeconds }: TcpProbeOptions): Probe {
  const colon = address.lastIndexOf(":")
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1")
  const port = Number(address.slice(colon + 1))
  return {
    name: address,
    check: () =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: host === "" ? "localhost" : host, port })
        const timer = setTimeout(
          () => end(new Error("nobody took the connection in time")),
          (timeoutSeconds || LONGEST_SECONDS) * 1000,
        )
        function end(error?: Error): void {
          clearTimeout(timer)
          socket.destroy()
          if (error === undefined) resolve()
          else reject(error)
        }
        socket.once("connect", () => end())
        socket.once("error", (error) => end(new Error(`no connection: ${codeOf(error)}`, { cause: error })))
      }),
  }
}

function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.message
}
