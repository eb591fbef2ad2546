import { join } from "node:path"
import type { Config } from "../config/config.ts"
import { openControlSocket, type ControlSocket } from "../http/listener/control-socket.ts"
import type { Logger } from "../ports/logger.ts"
import { createLazyApi } from "./api.ts"
import type { Services } from "./services.ts"

interface ControlParts {
  /** The data directory; `undefined`: everything is kept in memory, and there is no place for a socket. */
  root: string | undefined
  services: Services
  log: Logger
  version: string
}

export function findControlPath(root: string): string {
  return join(root, "berth", "control.sock")
}

/** Where commands reach this server. The registry serves without it where the file system has no sockets. */
export async function openControl(config: Config, parts: ControlParts): Promise<ControlSocket | undefined> {
  const { root, log } = parts
  if (root === undefined) return undefined
  const path = findControlPath(root)
  try {
    return await openControlSocket(path, createLazyApi(config, { ...parts, isAlone: false }))
  } catch (error) {
    log.warn("commands cannot reach this server while it runs: its socket cannot be made", { path, error })
    return undefined
  }
}
