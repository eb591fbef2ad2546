import { lookup } from "node:dns/promises"
import { isIP } from "node:net"
import type { ListenAddress, TcpAddress } from "../../domain/address.ts"
import { bindUnix } from "./unix-socket.ts"

type Server = Bun.Server<undefined>
type Open = (exact: ListenAddress) => Server

/**
 * Opens a server on an address that no other program has. A server that shares its port (SO_REUSEPORT), so that another
 * can replace it, would not notice a program there: one that does not share is opened first, and closed.
 */
export async function bind(address: ListenAddress, isShared: boolean, open: Open): Promise<Server> {
  if (address.kind === "unix") return bindUnix(address, open)
  try {
    return open(isShared ? { ...address, port: probe(address) } : address)
  } catch (error) {
    throw (await hasNoAddress(address)) ? explainName(address, error) : explain(error, address)
  }
}

/** For a name that has no address the runtime gives any code, that of a port in use among them. */
async function hasNoAddress({ host }: TcpAddress): Promise<boolean> {
  if (host === "" || isIP(host) !== 0) return false
  return lookup(host).then(
    () => false,
    () => true,
  )
}

function probe(address: TcpAddress): number {
  const server = Bun.serve({
    ...(address.host === "" ? {} : { hostname: address.host }),
    port: address.port,
    reusePort: false,
    development: false,
    fetch: () => new Response(null, { status: 503, headers: { connection: "close" } }),
  })
  const port = server.port ?? address.port
  void server.stop(true)
  return port
}

function explain(error: unknown, { host, port }: TcpAddress): Error {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  const where = `port ${port}${host === "" ? "" : ` on ${host}`}`
  const options = { cause: error }
  if (code === "EADDRINUSE")
    return new Error(`${where} is already in use: stop the other program or set http.addr`, options)
  if (code === "EACCES")
    return new Error(`${where} may not be opened by this user: set http.addr to a port above 1023`, options)
  if (code === "EADDRNOTAVAIL") return explainName({ host }, error)
  return new Error(`cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}`, options)
}

function explainName({ host }: Pick<TcpAddress, "host">, cause: unknown): Error {
  return new Error(`${host} is no address of this machine: correct http.addr`, { cause })
}
