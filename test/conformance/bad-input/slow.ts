import { expect } from "bun:test"
import { readFileSync } from "node:fs"
import { startBerth } from "../../support/berth.ts"
import { createRegistry, headerOf, type Registry } from "../client.ts"
import { digestOf, randomBytes } from "../content.ts"
import { pushBlob, startUpload } from "../push.ts"
import { openRaw, type RawConnection } from "../raw-socket.ts"
import type { BadInput } from "./row.ts"

function residentBytes(pid: number): number {
  return 4096 * Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1])
}

async function expectAnswering(registry: Registry): Promise<void> {
  const start = performance.now()
  expect((await registry.send("GET", "/v2/")).status).toBe(200)
  expect(performance.now() - start).toBeLessThan(2000)
}

function openMany(url: string, count: number): Promise<RawConnection[]> {
  return Promise.all(Array.from({ length: count }, () => openRaw(url)))
}

/** Feeds a byte at a time to every connection; gives how many the registry closed within `seconds`. */
async function drip(connections: RawConnection[], text: string, seconds: number): Promise<number> {
  let index = 0
  const timer = setInterval(() => {
    for (const connection of connections) connection.write(text.charAt(index))
    index++
  }, 200)
  const closed = await Promise.all(connections.map((connection) => connection.waitForClose(seconds)))
  clearInterval(timer)
  return closed.filter(Boolean).length
}

export const slow: BadInput[] = [
  {
    id: "B92",
    waits: true,
    input: "headers that come a byte at a time",
    check: async () => {
      await using berth = await startBerth()
      const registry = createRegistry(berth.url)
      const connections = await openMany(berth.url, 100)
      const dripping = drip(connections, `GET /v2/ HTTP/1.1\r\nHost: registry\r\nX-Slow: ${"a".repeat(200)}`, 15)
      await expectAnswering(registry)
      expect(await dripping).toBe(100)
      for (const connection of connections) expect(connection.received()).toMatch(/^(HTTP\/1\.1 4\d\d|$)/)
      await expectAnswering(registry)
    },
  },
  {
    id: "B93",
    waits: true,
    input: "a body that stalls, and a reader that stalls",
    check: async () => {
      await using berth = await startBerth({ config: { limits: { stall: "2s", readstall: "2s" } } })
      const registry = createRegistry(berth.url)
      await Promise.all([expectBodyCut(registry), expectReaderCut(registry, berth.pid)])
      await expectAnswering(registry)
    },
  },
  {
    id: "B95",
    waits: true,
    input: "more connections than the cap: later ones wait or are refused, those before go on",
    check: async () => {
      await using berth = await startBerth({ config: { limits: { connections: 50 } } })
      const early = await openMany(berth.url, 60)
      for (const connection of early) connection.write(PING)
      // The cap takes effect a moment after it was reached.
      await Bun.sleep(500)
      const late = Array.from({ length: 40 }, () => askOnce(berth.url, 700))
      expect((await Promise.all(late)).filter((answer) => answer.startsWith("HTTP/1.1 200"))).toEqual([])
      const first = early.slice(0, 40)
      for (const connection of first) connection.write(PING)
      await Bun.sleep(500)
      for (const connection of first) expect(connection.received().match(/HTTP\/1\.1 200/g)).toHaveLength(2)
      for (const connection of early) connection[Symbol.dispose]()
      expect(await askOnce(berth.url, 10_000)).toStartWith("HTTP/1.1 200")
    },
  },
]

const PING = "GET /v2/ HTTP/1.1\r\nHost: registry\r\n\r\n"

/** The answer to a request on a connection of its own; empty when none came in time. */
async function askOnce(url: string, milliseconds: number): Promise<string> {
  const asked = openRaw(url).then(async (connection) => {
    connection.write(PING)
    for (let waited = 0; connection.received() === "" && waited < milliseconds; waited += 20) await Bun.sleep(20)
    const answer = connection.received()
    connection[Symbol.dispose]()
    return answer
  })
  return Promise.race([asked, Bun.sleep(milliseconds).then(() => "")])
}

async function expectBodyCut(registry: Registry): Promise<void> {
  const location = await startUpload(registry, "stalled")
  const target = new URL(location, registry.url).href.slice(registry.url.length)
  using connection = await openRaw(registry.url)
  connection.write(`PATCH ${target} HTTP/1.1\r\nHost: registry\r\nContent-Length: 100000\r\n\r\n`)
  connection.write(randomBytes(5000))
  expect(await connection.waitForClose(20)).toBe(true)
  expect(connection.received()).toMatch(/^(HTTP\/1\.1 408|$)/)
  const status = await registry.send("GET", location)
  expect(status.status).toBe(204)
  expect(headerOf(status, "range")).toBe("0-4999")
}

// Larger than what the kernel's buffers of both ends take, so that the registry itself comes to a halt.
const LARGE_BYTES = 48 * 1024 * 1024

async function expectReaderCut(registry: Registry, pid: number): Promise<void> {
  const digest = await pushBlob(registry, "stalled", randomBytes(LARGE_BYTES))
  const before = residentBytes(pid)
  using connection = await openRaw(registry.url)
  const digestPath = `/v2/stalled/blobs/${digest}`
  connection.write(`GET ${digestPath} HTTP/1.1\r\nHost: registry\r\nConnection: close\r\n\r\n`)
  connection.socket.pause()
  await Bun.sleep(8000)
  expect(residentBytes(pid) - before).toBeLessThan(64 * 1024 * 1024)
  connection.socket.resume()
  expect(await connection.waitForClose(10)).toBe(true)
  expect(connection.received().length).toBeLessThan(LARGE_BYTES)
  const whole = await registry.send("GET", digestPath)
  expect(digestOf(new Uint8Array(await whole.arrayBuffer()))).toBe(digest)
}
