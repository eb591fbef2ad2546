import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"
import { findProgramVersion } from "./program-version.ts"
import type { Server } from "./server.ts"

/** Debian's docker-registry, or distribution v3: the configuration they ship, without the access log, which only costs them time. */
export function createDistribution(name: string, program: string, version?: string): Server {
  return {
    name,
    version: version ?? findProgramVersion(program, ["--version"]),
    isRegistry: true,
    configure: ({ directory, root, port, certificate }) => {
      const tls = certificate && { certificate: certificate.certificatePath, key: certificate.keyPath }
      const config = {
        version: 0.1,
        log: { level: "error", accesslog: { disabled: true } },
        storage: { cache: { blobdescriptor: "inmemory" }, filesystem: { rootdirectory: root } },
        http: { addr: `127.0.0.1:${port}`, secret: "bench", ...(tls && { tls }) },
      }
      const file = join(directory, "config.yml")
      writeFileSync(file, stringify(config))
      return [program, "serve", file]
    },
  }
}
