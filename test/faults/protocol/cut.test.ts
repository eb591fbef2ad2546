import { expect, test } from "bun:test"
import { createServer, type AddressInfo } from "node:net"
import { findFreePort } from "../../support/free-port.ts"
import { cutRequest } from "./cut.ts"

const REQUEST = { isSecure: false, method: "PUT", target: "/", sent: new Uint8Array(10) }

test("a request is cut where the server ends the connection, by an answer or a reset", async () => {
  let received = ""
  const server = createServer((socket) => {
    socket.on("data", (bytes) => {
      received += bytes.toString()
      socket.resetAndDestroy()
    })
    socket.on("error", () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  await cutRequest({ ...REQUEST, port: (server.address() as AddressInfo).port })
  expect(received).toStartWith("PUT / HTTP/1.1\r\n")
  server.close()
})

test.each([false, true])("a connection that is refused is no request that was cut (TLS: %p)", async (isSecure) => {
  const port = await findFreePort()
  expect(await messageOf(cutRequest({ ...REQUEST, isSecure, port }))).toBe("there was no connection to cut")
})

test("nor is one that ends before it is secure", async () => {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  expect(await messageOf(cutRequest({ ...REQUEST, isSecure: true, port }))).toBe("there was no connection to cut")
  server.close()
})

function messageOf(cut: Promise<void>): Promise<unknown> {
  return cut.then(
    () => "cut",
    (error: Error) => error.message,
  )
}
