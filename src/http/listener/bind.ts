import { isIP } from "node:net"

export interface ServerAddress {
  /** A name or an IP address without brackets; empty: every interface. */
  host: string
  /** 0: any free port. */
  port: number
}

/**
 * Opens a server on an address that no other program has. A server that shares its port (SO_REUSEPORT), so that another
 * can replace it, would not notice a program there: one that does not share is opened first, and closed.
 */
export function bind<T>(address: ServerAddress, isShared: boolean, open: (exact: ServerAddress) => T): T {
  try {
    return open(isShared ? { ...address, port: probe(address) } : address)
  } catch (error) {
    throw explain(error, address)
  }
}

function probe(address: ServerAddress): number {
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

function explain(error: unknown, { host, port }: ServerAddress): Error {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  const where = `port ${port}${host === "" ? "" : ` on ${host}`}`
  const options = { cause: error }
  if (code === "EADDRINUSE")
    return new Error(`${where} is already in use: stop the other program or set http.addr`, options)
  if (code === "EACCES")
    return new Error(`${where} may not be opened by this user: set http.addr to a port above 1023`, options)
  // For a name that has no address at all the runtime gives one code or another.
  if (code === "EADDRNOTAVAIL" || (host !== "" && isIP(host) === 0))
    return new Error(`${host} is no address of this machine: correct http.addr`, options)
  return new Error(`cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}`, options)
}
