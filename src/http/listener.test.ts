import { expect, test } from "bun:test"
import { failureOf, listen, openRaw, waitUntil } from "./listener/testing.ts"

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

test("a second program on the port is told to stop the other or to set http.addr", async () => {
  await using first = await listen(() => new Response("first"))
  const message = await failureOf(listen(() => new Response("second"), { port: first.port }))
  expect(message).toBe(`port ${first.port} on 127.0.0.1 is already in use: stop the other program or set http.addr`)
})

test("an address of another machine is refused by name", async () => {
  const started = listen(() => new Response(), { host: "192.0.2.1" })
  expect(await failureOf(started)).toBe("192.0.2.1 is no address of this machine: correct http.addr")
})

test("the handler is given the peer's address, of IPv4 also on a socket of IPv6", async () => {
  await using listener = await listen((_, connection) => new Response(connection.address), { host: "" })
  expect(await (await fetch(listener.url)).text()).toBe("127.0.0.1")
})

test("an error of the handler is answered 500 without a word, and logged", async () => {
  await using listener = await listen(() => Promise.reject(new Error("secret")))
  const response = await fetch(listener.url)
  expect(response.status).toBe(500)
  expect(await response.text()).toBe("")
  expect(listener.log.messages("error")).toEqual(["request failed outside its handler"])
})

test("a body of more than the runtime's usual 128 MiB arrives whole", async () => {
  await using listener = await listen(async (request) => {
    let sizeBytes = 0
    for await (const chunk of request.body ?? []) sizeBytes += chunk.byteLength
    return new Response(String(sizeBytes))
  })
  const body = new Uint8Array(160 * 2 ** 20)
  expect(await (await fetch(listener.url, { method: "POST", body })).text()).toBe(String(body.byteLength))
})

test("stop() refuses new connections at once and ends when the answer under way is out", async () => {
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>()
  await using listener = await listen(() => isReleased.then(() => new Response("whole")))
  const connection = await openRaw(listener.port)
  connection.write(GET)
  await Bun.sleep(50)
  let hasStopped = false
  const stopped = listener.stop({ deadlineSeconds: 10 }).then(() => (hasStopped = true))
  await Bun.sleep(50)
  expect(await failureOf(openRaw(listener.port))).not.toBe("did not fail")
  expect(hasStopped).toBe(false)
  release()
  await stopped
  await connection.closed
  expect(connection.received()).toEndWith("whole")
})

test("stop() cuts off what is in flight at its deadline", async () => {
  await using listener = await listen(() => new Promise<Response>(() => {}))
  const connection = await openRaw(listener.port)
  connection.write(GET)
  await Bun.sleep(50)
  await listener.stop({ deadlineSeconds: 0.2 })
  expect(await connection.closed).toBeLessThan(2)
  expect(connection.received()).toBe("")
})

test("stop() does not wait for connections that ask nothing", async () => {
  await using listener = await listen(() => new Response("answer"))
  const [silent, halfWay, kept] = await Promise.all([1, 2, 3].map(() => openRaw(listener.port)))
  halfWay?.write("GET / HT")
  kept?.write(GET)
  await waitUntil(() => kept?.received().endsWith("answer") === true, "the answer is there")
  const start = performance.now()
  await listener.stop({ deadlineSeconds: 10 })
  expect(performance.now() - start).toBeLessThan(1000)
  await Promise.all([halfWay?.closed, kept?.closed])
  // The kernel keeps a connection that never sent a byte to itself (TCP_DEFER_ACCEPT), and forgets it without a word.
  silent?.end()
})
