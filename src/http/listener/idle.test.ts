import { expect, test } from "bun:test"
import { join } from "node:path"
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { listen, openRaw } from "./testing.ts"

// The runtime's timers are coarse (4 s): these tests are slow, and run side by side.
const LIMIT_MILLISECONDS = 30_000
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

test.concurrent(
  "a connection whose headers drip in is closed within 15 s",
  async () => {
    await using listener = await listen(() => new Response("answer"), { readStallSeconds: 120 })
    const [dripping, silent] = await Promise.all([openRaw(listener.port), openRaw(listener.port)])
    dripping.write("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
    const drip = setInterval(() => dripping.write("a"), 200)
    expect(await dripping.closed).toBeLessThan(15)
    clearInterval(drip)
    expect(await silent.closed).toBeLessThan(15)
  },
  LIMIT_MILLISECONDS,
)

test.concurrent(
  "a handler at work may be silent for longer than the idle time",
  async () => {
    const slow = () => Bun.sleep(9000).then(() => new Response("done"))
    await using listener = await listen(slow, { readStallSeconds: 1 })
    expect(await (await fetch(listener.url, { method: "POST" })).text()).toBe("done")
  },
  LIMIT_MILLISECONDS,
)

test.concurrent(
  "a body at 8 KiB/s is not taken for idle",
  async () => {
    await using listener = await listen(
      async (request) => new Response(String((await request.arrayBuffer()).byteLength)),
      { readStallSeconds: 1 },
    )
    const connection = await openRaw(listener.port)
    connection.write(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${10 * 8192}\r\n\r\n`)
    for (let second = 0; second < 10; second++) {
      connection.write("a".repeat(8192))
      await Bun.sleep(1000)
    }
    await connection.closed
    expect(connection.received()).toEndWith(String(10 * 8192))
  },
  LIMIT_MILLISECONDS,
)

test.concurrent(
  "a kept-alive connection that asks nothing more is closed after the idle time, not before",
  async () => {
    await using listener = await listen(() => Promise.resolve(new Response("answer")), { readStallSeconds: 4 })
    const connection = await openRaw(listener.port)
    connection.write(GET)
    const seconds = await connection.closed
    expect(connection.received()).toEndWith("answer")
    expect(seconds).toBeWithin(4, 13)
  },
  LIMIT_MILLISECONDS,
)

test.concurrent(
  "a client that reads nothing of a file is cut off",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "berth-listener-"))
    const path = join(folder, "large")
    writeFileSync(path, "")
    truncateSync(path, 200 * 2 ** 20)
    await using listener = await listen(
      (request) => {
        request.signal.addEventListener("abort", () => cut.resolve())
        return new Response(Bun.file(path))
      },
      { readStallSeconds: 1 },
    )
    const cut = Promise.withResolvers<void>()
    const connection = await openRaw(listener.port)
    connection.pause()
    connection.write(GET)
    await cut.promise
    connection.end()
    rmSync(folder, { recursive: true })
  },
  LIMIT_MILLISECONDS,
)
