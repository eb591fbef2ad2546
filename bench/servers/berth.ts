import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"
import type { Server } from "./server.ts"

const PROJECT = join(import.meta.dir, "..", "..")

/**
 * Berth from this checkout, with nothing set but its directory, its port and, for TLS, its certificate. No server in the
 * comparison writes an access log.
 */
export function createBerth(): Server {
  return {
    name: "berth",
    version: findVersion(),
    isRegistry: true,
    configure: ({ directory, root, port, certificate }) => {
      const tls = certificate && { certificate: certificate.certificatePath, key: certificate.keyPath }
      const http = { addr: `127.0.0.1:${port}`, ...(tls && { tls }) }
      const file = join(directory, "config.yml")
      writeFileSync(
        file,
        stringify({
          version: 0.1,
          log: { level: "error", accesslog: { disabled: true } },
          storage: { filesystem: { rootdirectory: root } },
          http,
        }),
      )
      return [process.execPath, join(PROJECT, "src", "main.ts"), "serve", file]
    },
  }
}

function findVersion(): string {
  const { version } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as { version: string }
  const git = spawnSync("git", ["-C", PROJECT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" })
  const commit = git.status === 0 ? ` (${git.stdout.trim()})` : ""
  return `${version}${commit}, Bun ${Bun.version}`
}
