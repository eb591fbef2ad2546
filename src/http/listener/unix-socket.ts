import { lstatSync, renameSync, rmSync } from "node:fs"
import { createConnection } from "node:net"
import type { UnixAddress } from "../../domain/address.ts"

type Server = Bun.Server<undefined>
type Open = (exact: UnixAddress) => Server

/** `setting`: the key that names the file, for messages. */
interface Place {
  address: UnixAddress
  setting: string
}

/** Opens a server on a socket file, whose mode is the umask's. What a dead server has left there is replaced. */
export async function bindUnix(place: Place, open: Open): Promise<Server> {
  const { address } = place
  try {
    return open(address)
  } catch (error) {
    if (codeOf(error) !== "EADDRINUSE") throw explain(error, place)
    await removeStale(place, error)
  }
  try {
    return open(address)
  } catch (error) {
    throw explain(error, place)
  }
}

/** Lets another server take the place of the one on the socket file. Clients find nobody there for some microseconds. */
export function succeedUnix({ path }: UnixAddress, old: Server, open: Open): Server {
  const beside = `${path}.next`
  rmSync(beside, { force: true })
  const next = open({ kind: "unix", path: beside })
  // Stopping removes the file at once; transfers under way go on.
  void old.stop()
  renameSync(beside, path)
  return next
}

/** A server that was moved into its place does not find its file when it stops. */
export function removeSocket({ path }: UnixAddress): void {
  rmSync(path, { force: true })
}

async function removeStale({ address: { path }, setting }: Place, cause: unknown): Promise<void> {
  if (!lstatSync(path).isSocket())
    throw new Error(`${path} is there already and no socket: remove it or correct ${setting}`, { cause })
  if (await hasListener(path))
    throw new Error(`${path} is already in use: stop the other program or set ${setting}`, { cause })
  rmSync(path, { force: true })
}

/** Only a refusal says that nobody is there: a socket that may not be opened, or has a full queue, has an owner. */
function hasListener(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path })
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", (error) => resolve(codeOf(error) !== "ECONNREFUSED"))
  })
}

function explain(error: unknown, { address: { path }, setting }: Place): Error {
  const code = codeOf(error)
  const options = { cause: error }
  if (code === "ENOENT")
    return new Error(`${path} is in no folder that exists: create it or correct ${setting}`, options)
  if (code === "EACCES")
    return new Error(
      `${path} may not be created by this user: let it write to the folder or correct ${setting}`,
      options,
    )
  if (code === "ENAMETOOLONG") return new Error(`${path} is too long for a socket: correct ${setting}`, options)
  return new Error(`cannot listen on ${path}: ${error instanceof Error ? error.message : String(error)}`, options)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined
}
