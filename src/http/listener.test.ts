import { afterEach, expect, test } from "bun:test"
import { createListener, type Listener } from "./listener.ts"
import type { Handler } from "./listener/serve.ts"

const listeners: Listener[] = []
afterEach(async () => {
  for (const listener of listeners.splice(0)) await listener.stop({ deadlineSeconds: 0 })
})

async function listen(handler: Handler, port = 0): Promise<Listener> {
  const limits = { readStallSeconds: 120, connections: 100 }
  const listener = await createListener({ address: { host: "127.0.0.1", port }, limits, handler, log: silent })
  listeners.push(listener)
  return listener
}

async function failureOf(started: Promise<unknown>): Promise<string> {
  const error: unknown = await started.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof Error ? error.message : "did not fail"
}

const silent = { debug() {}, info() {}, warn() {}, error() {} }

test("a second program on the port is told to stop the other or to set http.addr", async () => {
  const { port } = await listen(() => new Response("first"))
  const message = await failureOf(listen(() => new Response("second"), port))
  expect(message).toBe(`port ${port} on 127.0.0.1 is already in use: stop the other program or set http.addr`)
})

test("an address of another machine is refused by name", async () => {
  const options = { address: { host: "192.0.2.1", port: 0 }, limits: { readStallSeconds: 1, connections: 1 } }
  const started = createListener({ ...options, handler: () => new Response(), log: silent })
  expect(await failureOf(started)).toBe("192.0.2.1 is no address of this machine: correct http.addr")
})

test("the handler is given the peer's address", async () => {
  const { port } = await listen((_, connection) => new Response(connection.address))
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("127.0.0.1")
})

test("an error of the handler is answered 500 without a word", async () => {
  const { port } = await listen(() => Promise.reject(new Error("secret")))
  const response = await fetch(`http://127.0.0.1:${port}/`)
  expect(response.status).toBe(500)
  expect(await response.text()).toBe("")
})
