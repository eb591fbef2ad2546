import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import { openRaw, type RawConnection } from "./testing.ts"

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
const LIMIT = 30
const canHoldBack = existsSync("/proc/self/fd")

/** A server in a process of its own: connections are counted by the descriptors of their process. */
async function startServer(): Promise<{ port: number; stop(): void }> {
  const script = `
    import { listen } from ${JSON.stringify(new URL("testing.ts", import.meta.url).pathname)}
    const { port } = await listen(() => new Response("answer"), { connections: ${LIMIT} })
    console.log(port)`
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" })
  const { value } = await child.stdout.getReader().read()
  return { port: Number(new TextDecoder().decode(value)), stop: () => child.kill() }
}

async function ask(connection: RawConnection, milliseconds: number): Promise<boolean> {
  const before = connection.received().length
  connection.write(GET)
  for (let waited = 0; waited < milliseconds; waited += 20) {
    if (connection.received().length > before) return true
    await Bun.sleep(20)
  }
  return false
}

test.skipIf(!canHoldBack)(
  `connections above the limit wait, those below go on, and places that become free are taken${canHoldBack ? "" : " (needs Linux)"}`,
  async () => {
    const server = await startServer()
    const early = await Promise.all(Array.from({ length: LIMIT }, () => openRaw(server.port)))
    for (const connection of early) expect(await ask(connection, 5000)).toBe(true)
    await Bun.sleep(200)
    const late = openRaw(server.port).then(async (connection) => ask(connection, 15_000))
    const state = await Promise.race([late, Bun.sleep(800).then(() => "waits")])
    expect(state).toBe("waits")
    for (const connection of early) expect(await ask(connection, 5000)).toBe(true)
    for (const connection of early.slice(0, 10)) connection.end()
    expect(await late).toBe(true)
    for (const connection of early) connection.end()
    server.stop()
  },
  30_000,
)
