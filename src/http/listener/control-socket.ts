import { chmod, mkdir, rename, rm } from "node:fs/promises"
import { join } from "node:path"

export interface ControlSocket {
  close(): Promise<void>
}

// A watched job may rest for a long time. The runtime takes this for a unix socket as well, but its types do not say so;
// the timeout of a single request has no effect there.
const NEVER_IDLE: object = { idleTimeout: 0 }

/** A command may push a layer; what is to be small, its handler keeps small. */
const MAX_BODY_BYTES = 2 ** 40

/**
 * Serves HTTP on a unix socket that only its owner may open, and takes the place of one that an ended process left. The
 * caller holds the storage's lock. A path above the system's 108 bytes is the runtime's to shorten.
 */
export async function openControlSocket(
  path: string,
  handler: (request: Request) => Promise<Response>,
): Promise<ControlSocket> {
  // Bound where nobody else may enter, and moved when its mode is right: it is never open to others.
  const nursery = `${path}.new`
  await rm(nursery, { recursive: true, force: true })
  await mkdir(nursery, { mode: 0o700 })
  const born = join(nursery, "sock")
  const server = Bun.serve({
    unix: born,
    development: false,
    maxRequestBodySize: MAX_BODY_BYTES,
    fetch: handler,
    ...NEVER_IDLE,
  })
  try {
    await chmod(born, 0o600)
    await rename(born, path)
  } catch (error) {
    await server.stop(true)
    throw error
  } finally {
    await rm(nursery, { recursive: true, force: true })
  }
  return {
    close: async () => {
      await rm(path, { force: true })
      await server.stop(true)
    },
  }
}

/** Sends a request to the server behind the socket. Rejects with the system's error where nobody listens. */
export function askControlSocket(path: string, request: Request): Promise<Response> {
  return fetch(request, { unix: path })
}
