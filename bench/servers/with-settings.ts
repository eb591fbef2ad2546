import type { Server } from "./server.ts"

/** The same server with settings in its environment: `GC_PAUSED` for `gc.paused`. */
export function withSettings(server: Server, settings: Record<string, string>): Server {
  const variables = Object.entries(settings).map(([name, value]) => `REGISTRY_${name}=${value}`)
  return { ...server, configure: (options) => ["env", ...variables, ...server.configure(options)] }
}
