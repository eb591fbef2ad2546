import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../../support/berth.ts"
import { findFreePort } from "../../support/free-port.ts"
import { createScratch } from "../../support/scratch.ts"
import { writeServerCertificate } from "../../support/server-certificate.ts"
import { askCommand } from "../commands.ts"
import { cutRequest } from "./cut.ts"
import { CONFIGURATION } from "./limits.ts"
import { writeTarget } from "./question.ts"
import { writeRequest, type TestedRegistry } from "./registries.ts"

/** A server in a process of its own, asked over the network; a restart kills it. */
export async function openServer(isSecure = false): Promise<TestedRegistry> {
  const scratch = createScratch("berth-protocol-server")
  const root = join(scratch.path, "data")
  mkdirSync(root)
  const port = await findFreePort()
  const tls = isSecure ? { tls: writeServerCertificate(scratch.path) } : {}
  const { version: _, ...sections } = CONFIGURATION
  const start = () => startBerth({ root, port, config: { ...sections, http: { addr: `127.0.0.1:${port}`, ...tls } } })
  let berth = await start()
  return {
    name: isSecure ? "server over TLS" : "server",
    hasUsers: false,
    send: (question, toUploadId, body) =>
      fetch(`${berth.url}${writeTarget(question, toUploadId)}`, {
        ...writeRequest(question, body),
        headers: question.headers,
        redirect: "manual",
        decompress: false,
        tls: { rejectUnauthorized: false },
      }),
    command: (method, path, body) =>
      askCommand(root, path, { method, headers: { "Content-Type": "application/json" }, body }),
    cut: (question, toUploadId, sent) =>
      cutRequest({ port, isSecure, method: question.method, target: writeTarget(question, toUploadId), sent }),
    restart: async () => {
      await berth.kill()
      berth = await start()
    },
    close: async () => {
      await berth.stop()
      scratch[Symbol.dispose]()
    },
  }
}
