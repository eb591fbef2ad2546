// What HTTP/2 invites to: each attack is tried on a server of its own kind of connection, which must neither grow nor fall
// silent.
import { afterAll, describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { type Berth, startBerth } from "../support/berth.ts"
import { findFreePort } from "../support/free-port.ts"
import {
  data,
  END_STREAM,
  field,
  FRAME,
  frame,
  openConnection,
  type RawConnection,
  request,
  reset,
  setWindow,
} from "./http2-frames.ts"

const LONGEST_MS = 60_000
const MiB = 2 ** 20
const FLOW_CONTROL_ERROR = 3
const REFUSED_STREAM = 7
const BLOB = new Uint8Array(32 * MiB).fill(1)
const DIGEST = `sha256:${new Bun.CryptoHasher("sha256").update(BLOB).digest("hex")}`
const UPLOAD = `POST /v2/a/blobs/uploads/?digest=sha256:${"0".repeat(64)}`

let started: Promise<Berth> | undefined
afterAll(async () => (await started)?.stop())

function serve(): Promise<Berth> {
  return (started ??= (async () => {
    const port = await findFreePort()
    const http = { addr: `127.0.0.1:${port}`, h2c: { enabled: true } }
    const berth = await startBerth({ port, config: { http, limits: { readstall: "4s", stall: "3s" } } })
    await fetch(`${berth.url}/v2/a/blobs/uploads/?digest=${DIGEST}`, { method: "POST", body: BLOB })
    return berth
  })())
}

function readMiB({ pid }: Berth): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024
}

/** The server answers others, and has not grown by more than this. */
async function expectSound(berth: Berth, before: number, most: number): Promise<void> {
  expect((await fetch(`${berth.url}/v2/`)).status).toBe(200)
  expect(readMiB(berth) - before).toBeLessThan(most)
}

async function waitUntil(isTrue: () => boolean, what: string): Promise<void> {
  for (const giveUpAt = Date.now() + 30_000; !isTrue(); await Bun.sleep(20))
    if (Date.now() > giveUpAt) throw new Error(`waited in vain until ${what}`)
}

const streams = (count: number) => Array.from({ length: count }, (_, index) => index * 2 + 1)
const count = ({ received }: RawConnection, type: number) => received.filter((each) => each.type === type).length

describe("over HTTP/2", () => {
  test(
    "a flood of streams that are reset at once ends the connection",
    async () => {
      const berth = await serve()
      const before = readMiB(berth)
      using connection = await openConnection(berth.port)
      for (let from = 0; from < 100_000 && !connection.isClosed(); from += 500) {
        const pairs = streams(500).flatMap((id) => [request(id + from * 2, UPLOAD), reset(id + from * 2)])
        await connection.write(...pairs)
      }
      await waitUntil(() => connection.isClosed(), "the connection is closed")
      expect(count(connection, FRAME.goaway)).toBe(1)
      await expectSound(berth, before, 64)
    },
    LONGEST_MS,
  )

  test(
    "a connection has at most 256 requests at once, the others are refused",
    async () => {
      const berth = await serve()
      const before = readMiB(berth)
      using connection = await openConnection(berth.port)
      await connection.write(...streams(2000).map((id) => request(id, UPLOAD, 0)))
      const refused = () =>
        connection.received.filter(
          ({ type, payload }) => type === FRAME.reset && payload.readUInt32BE(0) === REFUSED_STREAM,
        )
      await waitUntil(() => refused().length === 2000 - 256, "the others are refused")
      await expectSound(berth, before, 64)
    },
    LONGEST_MS,
  )

  test(
    "a header block without an end ends the connection",
    async () => {
      const berth = await serve()
      const before = readMiB(berth)
      using connection = await openConnection(berth.port)
      await connection.write(frame({ type: FRAME.headers, stream: 1, payload: field(":method", "GET") }))
      for (let index = 0; index < 20_000 && !connection.isClosed(); index++) {
        const payload = field(`a${index}`, "x".repeat(1000))
        await connection.write(frame({ type: FRAME.continuation, stream: 1, payload }))
      }
      await waitUntil(() => connection.isClosed(), "the connection is closed")
      await expectSound(berth, before, 32)
    },
    LONGEST_MS,
  )

  test(
    "a window that is opened beyond its end ends the connection",
    async () => {
      const berth = await serve()
      const before = readMiB(berth)
      using connection = await openConnection(berth.port)
      const most = Buffer.of(0x7f, 0xff, 0xff, 0xff)
      await connection.write(...[1, 2].map(() => frame({ type: FRAME.windowUpdate, payload: most })))
      await waitUntil(() => connection.isClosed(), "the connection is closed")
      const goaway = connection.received.find(({ type }) => type === FRAME.goaway)
      expect(goaway?.payload.readUInt32BE(4)).toBe(FLOW_CONTROL_ERROR)
      await expectSound(berth, before, 32)
    },
    LONGEST_MS,
  )

  test.each([
    ["pings", frame({ type: FRAME.ping, payload: new Uint8Array(8) })],
    ["settings", setWindow(65_535)],
  ])(
    "a flood of %s whose answers nobody reads ends the connection",
    async (_, each) => {
      const berth = await serve()
      const before = readMiB(berth)
      using connection = await openConnection(berth.port)
      connection.pause()
      const many = Buffer.concat(Array.from({ length: 2000 }, () => each))
      // The kernel takes many megabytes of answers before the server has to keep any.
      for (let sent = 0; sent < 20_000 && !connection.isClosed(); sent++) await connection.write(many)
      // Who does not read may not learn that the other side has closed.
      connection.resume()
      await waitUntil(() => connection.isClosed(), "the connection is closed")
      await expectSound(berth, before, 64)
    },
    LONGEST_MS,
  )

  test(
    "answers that nobody reads are bounded in memory, and pings do not keep their connection",
    async () => {
      const berth = await serve()
      const before = readMiB(berth)
      using connection = await openConnection(berth.port)
      await connection.write(setWindow(0), ...streams(200).map((id) => request(id, `GET /v2/a/blobs/${DIGEST}`)))
      await waitUntil(() => count(connection, FRAME.headers) === 200, "all answers have begun")
      // 200 × 32 MiB were asked for.
      await expectSound(berth, before, 200)
      while (!connection.isClosed()) {
        await connection.write(frame({ type: FRAME.ping, payload: new Uint8Array(8) }))
        await Bun.sleep(200)
      }
      await expectSound(berth, before, 200)
    },
    LONGEST_MS,
  )

  test(
    "a body that drips is given up, and the other requests of its connection go on",
    async () => {
      const berth = await serve()
      using connection = await openConnection(berth.port)
      await connection.write(request(1, UPLOAD, 0))
      const isAnswered = (id: number) =>
        connection.received.some((each) => each.stream === id && each.type === FRAME.headers)
      let asked = 1
      while (!isAnswered(1) && !connection.isClosed()) {
        await connection.write(data(1, new Uint8Array(10)), request((asked += 2), "GET /v2/"))
        await Bun.sleep(200)
      }
      expect(connection.isClosed()).toBe(false)
      await waitUntil(() => isAnswered(asked), "the last request is answered")
      expect(asked).toBeGreaterThan(9)
    },
    LONGEST_MS,
  )

  test(
    "an upload that pauses is not cut off when another one of its connection has ended",
    async () => {
      const port = await findFreePort()
      const http = { addr: `127.0.0.1:${port}`, h2c: { enabled: true } }
      await using berth = await startBerth({ port, config: { http, limits: { readstall: "4s", stall: "60s" } } })
      using connection = await openConnection(berth.port)
      const body = new Uint8Array(8192).fill(5)
      const digest = `sha256:${new Bun.CryptoHasher("sha256").update(body).digest("hex")}`
      await connection.write(request(1, `POST /v2/b/blobs/uploads/?digest=${digest}`, 0))
      await connection.write(data(1, body.subarray(0, 4096)), request(3, "POST /v2/b/blobs/uploads/"))
      await Bun.sleep(15_000)
      await connection.write(data(1, body.subarray(4096), END_STREAM))
      await waitUntil(() => count(connection, FRAME.headers) === 2 || connection.isClosed(), "both are answered")
      const found = await fetch(`${berth.url}/v2/b/blobs/${digest}`, { method: "HEAD" })
      expect(found.status).toBe(200)
    },
    LONGEST_MS,
  )
})
