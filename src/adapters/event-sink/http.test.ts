import { afterAll, describe, expect, test } from "bun:test"
import { createHmac } from "node:crypto"
import { createServer, type Socket } from "node:net"
import { createHttpEventSink, type HttpEventSinkOptions } from "./http.ts"
import { createEvent } from "./testing.ts"

interface Received {
  method: string
  path: string
  headers: Headers
  body: string
}

const cleanups: (() => void)[] = []
afterAll(() => {
  for (const clean of cleanups) clean()
})

function receive(answer: (received: Received) => Response | Promise<Response>) {
  const received: Received[] = []
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { pathname } = new URL(request.url)
      const one = { method: request.method, path: pathname, headers: request.headers, body: await request.text() }
      received.push(one)
      return answer(one)
    },
  })
  cleanups.push(() => void server.stop(true))
  return { received, url: `http://127.0.0.1:${server.port}` }
}

/** A server that does with a connection whatever the test wants. */
async function receiveRaw(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined)
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  cleanups.push(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no TCP address")
  return `http://127.0.0.1:${address.port}`
}

function send(url: string, options: Partial<HttpEventSinkOptions> = {}, signal = new AbortController().signal) {
  const sink = createHttpEventSink({
    url,
    headers: {},
    timeoutSeconds: 5,
    format: "v1",
    hmacKey: undefined,
    ...options,
  })
  return sink.send(createEvent(), signal)
}

const ok = () => new Response("ok")

describe("a request", () => {
  test("is a POST of the payload with the configured headers", async () => {
    const { received, url } = receive(ok)
    const headers = { Authorization: ["Bearer x"], "X-Two": ["a", "b"] }
    expect(await send(`${url}/hook`, { headers })).toEqual({ kind: "delivered", status: 200 })
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({ method: "POST", path: "/hook" })
    expect(received[0]?.headers.get("content-type")).toBe("application/vnd.docker.distribution.events.v1+json")
    expect(received[0]?.headers.get("authorization")).toBe("Bearer x")
    expect(received[0]?.headers.get("x-two")).toBe("a, b")
    expect(received[0]?.headers.get("x-berth-signature-256")).toBeNull()
  })

  test("is signed over its body where there is a key", async () => {
    const { received, url } = receive(ok)
    await send(url, { hmacKey: "secret", format: "cloudevents" })
    const expected = createHmac("sha256", "secret")
      .update(received[0]?.body ?? "")
      .digest("hex")
    expect(received[0]?.headers.get("x-berth-signature-256")).toBe(`sha256=${expected}`)
  })
})

describe("an answer", () => {
  test.each([200, 202, 204, 303, 304])("%d means that the event was taken", async (status) => {
    const { url } = receive(() => new Response(null, { status }))
    expect(await send(url)).toEqual({ kind: "delivered", status })
  })

  test.each([400, 404, 429, 500, 503])("%d means that it was not", async (status) => {
    const { url } = receive(() => new Response("no", { status }))
    expect(await send(url)).toEqual({ kind: "refused", status })
  })

  test("without an end does not keep the sink", async () => {
    const chunk = new Uint8Array(65_536)
    const { url } = receive(
      () =>
        new Response(
          new ReadableStream({
            pull: async (controller) => {
              await Bun.sleep(1)
              controller.enqueue(chunk)
            },
          }),
        ),
    )
    expect(await send(url)).toEqual({ kind: "delivered", status: 200 })
  })
})

describe("a redirect", () => {
  test.each([301, 302, 307, 308])("of %d is followed with the event, which is signed as before", async (status) => {
    const { received, url } = receive(({ path }) =>
      path === "/old" ? new Response(null, { status, headers: { location: "/new" } }) : ok(),
    )
    const headers = { Authorization: ["Bearer x"] }
    expect(await send(`${url}/old`, { headers, hmacKey: "k" })).toEqual({ kind: "delivered", status: 200 })
    const [first, second] = received
    expect(second).toMatchObject({ method: "POST", path: "/new", body: first?.body ?? "" })
    expect(second?.headers.get("authorization")).toBe("Bearer x")
    expect(second?.headers.get("x-berth-signature-256")).toBe(first?.headers.get("x-berth-signature-256") ?? "")
  })

  test("to another server does not take the configured headers along", async () => {
    const other = receive(ok)
    const { url } = receive(() => new Response(null, { status: 307, headers: { location: `${other.url}/x` } }))
    expect(await send(url, { headers: { Authorization: ["Bearer x"] } })).toEqual({ kind: "delivered", status: 200 })
    expect(other.received[0]?.headers.get("authorization")).toBeNull()
  })

  test("in a circle ends", async () => {
    const { received, url } = receive(() => new Response(null, { status: 307, headers: { location: "/again" } }))
    expect(await send(url)).toEqual({ kind: "failed", reason: "more than 10 redirects" })
    expect(received).toHaveLength(11)
  })

  test("to something that is no URL for a request is a failure", async () => {
    const { url } = receive(() => new Response(null, { status: 307, headers: { location: "file:///etc/passwd" } }))
    expect(await send(url)).toMatchObject({ kind: "failed" })
  })
})

describe("an endpoint that does not answer", () => {
  test("is given up after its timeout", async () => {
    const url = await receiveRaw(() => undefined)
    expect(await send(url, { timeoutSeconds: 0.05 })).toEqual({ kind: "failed", reason: "no answer within 0.05 s" })
  })

  test("is given up after its timeout also when it sends its header byte by byte", async () => {
    const url = await receiveRaw((socket) => {
      const timer = setInterval(() => socket.write("X"), 10)
      socket.on("close", () => clearInterval(timer))
      socket.write("HTTP/1.1 200 OK\r\nX-A: ")
    })
    expect(await send(url, { timeoutSeconds: 0.1 })).toMatchObject({ kind: "failed" })
  })

  test("fails when it resets the connection, or is not there, or speaks nonsense", async () => {
    const resetting = await receiveRaw((socket) => socket.resetAndDestroy())
    expect(await send(resetting)).toMatchObject({ kind: "failed" })
    const nonsense = await receiveRaw((socket) => socket.end("nonsense\r\n\r\n"))
    expect(await send(nonsense)).toMatchObject({ kind: "failed" })
    expect(await send("http://127.0.0.1:1")).toMatchObject({ kind: "failed" })
  })

  test("is left when the sender is told to stop", async () => {
    const url = await receiveRaw(() => undefined)
    const stopping = new AbortController()
    const sending = send(url, {}, stopping.signal)
    stopping.abort()
    expect(await sending).toMatchObject({ kind: "failed" })
  })

  test("is not named with its secrets", async () => {
    const result = await send("http://user:hunter2@127.0.0.1:1/secret-path", {
      headers: { Authorization: ["Bearer hunter3"] },
    })
    expect(JSON.stringify(result)).not.toMatch(/hunter|secret-path/)
  })
})

test("a name and password in the URL become basic authentication", async () => {
  const { received, url } = receive(ok)
  await send(url.replace("http://", "http://user:pass@"))
  expect(received[0]?.headers.get("authorization")).toBe(`Basic ${btoa("user:pass")}`)
})

describe("why an endpoint was not reached is said in plain words, with the code once:", () => {
  test("nobody listens", async () => {
    const gone = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } })
    gone.stop(true)
    const reason = "the connection was refused (ECONNREFUSED)"
    expect(await send(`http://127.0.0.1:${gone.port}`)).toEqual({ kind: "failed", reason })
  })

  test("the connection ends early", async () => {
    const url = await receiveRaw((socket) => socket.on("data", () => socket.destroy()))
    const reason = "the connection was closed before the answer (ECONNRESET)"
    expect(await send(url)).toEqual({ kind: "failed", reason })
  })
})
