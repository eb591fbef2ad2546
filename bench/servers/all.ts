import type { Peer } from "../options.ts"
import { createBerth } from "./berth.ts"
import { createDistribution } from "./distribution.ts"
import { createNginx } from "./nginx.ts"
import type { Server } from "./server.ts"
import { createZot } from "./zot.ts"

export interface Servers {
  found: Server[]
  /** Names of programs that are not installed. */
  absent: string[]
}

/** Gives Berth, the peers that are installed, and those named on the command line. */
export function findServers(peers: readonly Peer[]): Servers {
  const registry = Bun.which("docker-registry")
  const nginx = Bun.which("nginx") ?? Bun.which("/usr/sbin/nginx")
  const found = [
    createBerth(),
    ...(registry === null ? [] : [createDistribution("docker-registry", registry)]),
    ...peers.map(({ name, program, version }) =>
      name === "zot" ? createZot(name, program, version) : createDistribution(name, program, version),
    ),
    ...(nginx === null ? [] : [createNginx(nginx)]),
  ]
  const absent = [...(registry === null ? ["docker-registry"] : []), ...(nginx === null ? ["nginx"] : [])]
  return { found, absent }
}
