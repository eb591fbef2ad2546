import { lookup } from "node:dns/promises"
import { isIP } from "node:net"
import type { ListenAddress, TcpAddress } from "../../domain/address.ts"
import { bindUnix } from "./unix-socket.ts"

type Server = Bun.Server<undefined>
type Open = (exact: ListenAddress) => Server

/** `setting`: the key that says where, for messages. */
interface Place {
  address: ListenAddress
  setting: string
}

/**
 * Opens a server on an address that no other program has. A server that shares its port (SO_REUSEPORT), so that another
 * can replace it, would not notice a program there: one that does not share is opened first, and closed.
 */
export async function bind({ address, setting }: Place, isShared: boolean, open: Open): Promise<Server> {
  if (address.kind === "unix") return bindUnix({ address, setting }, open)
  try {
    return open(isShared ? { ...address, port: probe(address) } : address)
  } catch (error) {
    throw (await hasNoAddress(address))
      ? explainName(address, { setting, cause: error })
      : explain(error, { address, setting })
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

function explain(
  error: unknown,
  { address: { host, port }, setting }: { address: TcpAddress; setting: string },
): Error {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  const where = `port ${port}${host === "" ? "" : ` on ${host}`}`
  const options = { cause: error }
  if (code === "EADDRINUSE")
    return new Error(`${where} is already in use: stop the other program or set ${setting}`, options)
  if (code === "EACCES")
    return new Error(`${where} may not be opened by this user: set ${setting} to a port above 1023`, options)
  if (code === "EADDRNOTAVAIL") return explainName({ host }, { setting, cause: error })
  return new Error(`cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}`, options)
}

function explainName(
  { host }: Pick<TcpAddress, "host">,
  { setting, cause }: { setting: string; cause: unknown },
): Error {
  return new Error(`${host} is no address of this machine: correct ${setting}`, { cause })
}
