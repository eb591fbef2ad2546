import { OpenAPIHono } from "@hono/zod-openapi"
import { expect, test } from "bun:test"
import { createConnection } from "node:net"
import { createMetadata } from "../../adapters/metadata/metadata.ts"
import { createMemoryLogger } from "../../adapters/logger/memory.ts"
import { createManualClock } from "../../ports/metadata/fixture.contract.ts"
import { createBackups } from "../../services/backup.ts"
import { createJobs } from "../../services/jobs.ts"
import { addBackupRoutes } from "./backup.ts"
import type { ApiEnvironment } from "./call.ts"

test("nothing is collected for as long as the answer is read that holds it, and no longer", async () => {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  const ids = { create: () => "id" }
  const released = Promise.withResolvers<void>()
  let isHeld = false
  const hold = async () => {
    isHeld = true
    return () => released.resolve()
  }
  const backups = createBackups({ records: metadata.backup, clock, ids, root: "/data", gc: { hold } })
  const app = new OpenAPIHono<ApiEnvironment>()
  addBackupRoutes(app, { backups, jobs: createJobs({ clock, ids, log: createMemoryLogger() }), version: "1.2.3" })
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => app.fetch(request) })
  try {
    const socket = createConnection({ port: server.port ?? 0, host: "127.0.0.1" })
    const answered = Promise.withResolvers<string>()
    let text = ""
    socket.on("data", (bytes) => {
      text += bytes.toString()
      if (text.includes("held")) answered.resolve(text)
    })
    socket.write("GET /api/v1/backups/hold HTTP/1.1\r\nHost: berth\r\n\r\n")
    expect(await answered.promise).toContain("200 OK")
    expect(isHeld).toBe(true)
    // As a client that is killed.
    socket.destroy()
    await released.promise
  } finally {
    await server.stop(true)
    await metadata.close()
  }
})
