import { expect, test } from "bun:test"
import { connect } from "node:net"
import { startBerth, type Berth } from "../support/berth.ts"
import { findFreePort } from "../support/free-port.ts"
import { waitUntil } from "./wait.ts"

async function startDraining(): Promise<{ berth: Berth; debug: string }> {
  const [port, debugPort] = [await findFreePort(), await findFreePort()]
  const http = { addr: `127.0.0.1:${port}`, draintimeout: "60s", debug: { addr: `127.0.0.1:${debugPort}` } }
  return { berth: await startBerth({ port, config: { http } }), debug: `http://127.0.0.1:${debugPort}` }
}

/** A push whose body ends when the test says so. */
function beginPush(berth: Berth) {
  const digest = `sha256:${new Bun.CryptoHasher("sha256").update("halves").digest("hex")}`
  const socket = connect(berth.port, "127.0.0.1")
  let received = ""
  socket.on("data", (bytes) => (received += bytes.toString()))
  socket.on("error", () => undefined)
  socket.write(`POST /v2/a/blobs/uploads/?digest=${digest} HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nhal`)
  return { end: () => socket.write("ves"), received: () => received, drop: () => socket.destroy() }
}

const isReady = async (debug: string) => (await fetch(`${debug}/readyz`)).status === 200
const refuses = (berth: Berth) =>
  fetch(`${berth.url}/livez`).then(
    () => false,
    () => true,
  )

test("SIGTERM takes no more connections, is not ready at once, and lets a push under way end", async () => {
  const { berth, debug } = await startDraining()
  const push = beginPush(berth)
  await Bun.sleep(100)
  expect(await isReady(debug)).toBe(true)
  const stopped = berth.stop()
  await waitUntil("the drain", async () => !(await isReady(debug)))
  expect((await fetch(`${debug}/livez`)).status).toBe(200)
  await waitUntil("the refusal", () => refuses(berth))
  push.end()
  expect(await stopped).toBe(0)
  expect(push.received()).toStartWith("HTTP/1.1 201")
})

test("a second SIGTERM ends it at once", async () => {
  const { berth, debug } = await startDraining()
  const push = beginPush(berth)
  await Bun.sleep(100)
  const stopped = berth.stop()
  await waitUntil("the drain", async () => !(await isReady(debug)))
  // Signals within half a second are one.
  await Bun.sleep(600)
  process.kill(berth.pid, "SIGTERM")
  expect(await stopped).toBe(1)
  expect(berth.output()).toContain("ended by a second signal")
  expect(push.received()).toBe("")
  push.drop()
})
