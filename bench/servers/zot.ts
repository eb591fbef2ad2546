import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { findProgramVersion } from "./program-version.ts"
import type { Server } from "./server.ts"

/** zot without extensions. */
export function createZot(name: string, program: string, version?: string): Server {
  return {
    name,
    version: version ?? findProgramVersion(program, ["--version"]),
    isRegistry: true,
    configure: ({ directory, root, port, certificate }) => {
      const tls = certificate && { cert: certificate.certificatePath, key: certificate.keyPath }
      const config = {
        distSpecVersion: "1.1.1",
        storage: { rootDirectory: root, gc: false },
        http: { address: "127.0.0.1", port: String(port), compat: ["docker2s2"], ...(tls && { tls }) },
        log: { level: "error" },
      }
      const file = join(directory, "config.json")
      writeFileSync(file, JSON.stringify(config))
      return [program, "serve", file]
    },
  }
}
