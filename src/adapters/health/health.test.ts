import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Files } from "../../ports/files.ts"
import { createDiskFiles } from "../files/disk.ts"
import { createFileProbe } from "./file.ts"
import { createHttpProbe } from "./http.ts"
import { createStorageProbe } from "./storage.ts"
import { createTcpProbe } from "./tcp.ts"

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-health-"))
})
afterAll(() => rmSync(directory, { recursive: true }))

const tryMetadata = async () => undefined
const outcomeOf = (check: Promise<void>): Promise<string> =>
  check.then(
    () => "healthy",
    (error: Error) => error.message,
  )

test("a file probe fails while its file exists", async () => {
  const path = join(directory, "down")
  const probe = createFileProbe(path)
  expect(probe.name).toBe(path)
  expect(await outcomeOf(probe.check())).toBe("healthy")
  writeFileSync(path, "")
  expect(await outcomeOf(probe.check())).toBe("file exists")
  rmSync(path)
  expect(await outcomeOf(createFileProbe(join(directory, "no", "such", "directory")).check())).toBe("healthy")
})

test("a storage probe writes and removes its file, and fails when that or the metadata does", async () => {
  const files = createDiskFiles()
  const readFailing = () => Promise.reject(new Error("the database is damaged"))
  const check = (options: { directory?: string; files?: Files; tryMetadata?: () => Promise<unknown> }) =>
    outcomeOf(createStorageProbe({ directory, file: "probe", files, tryMetadata, ...options }).check())
  expect(await check({})).toBe("healthy")
  expect(readdirSync(directory)).toEqual([])
  expect(await check({ directory: join(directory, "gone") })).toContain("ENOENT")
  expect(await check({ tryMetadata: readFailing })).toBe("the database is damaged")
  const failing = { ...files, open: () => Promise.reject(new Error("EIO: input/output error")) }
  expect(await check({ files: failing })).toBe("EIO: input/output error")
})

test("checks of a storage that hangs wait for the same look", async () => {
  let looks = 0
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>()
  const read = () => {
    looks++
    return isReleased
  }
  const probe = createStorageProbe({ directory: undefined, file: "probe", files: createDiskFiles(), tryMetadata: read })
  const checks = [probe.check(), probe.check(), probe.check()]
  release()
  await Promise.all(checks)
  expect(looks).toBe(1)
})

test("an HTTP probe asks with its headers and fails on another status, on silence, and without a server", async () => {
  let seen: string | undefined
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      seen = `${request.method} ${request.headers.get("x-probe")}`
      const { pathname } = new URL(request.url)
      if (pathname === "/silent") return new Promise<Response>(() => {})
      return pathname === "/moved" ? Response.redirect("/other") : new Response()
    },
  })
  const check = (path: string, status = 200) => {
    const url = `http://user:secret@127.0.0.1:${server.port}${path}`
    return outcomeOf(createHttpProbe({ url, headers: { "X-Probe": ["1"] }, status, timeoutSeconds: 0.2 }).check())
  }
  expect(await check("/")).toBe("healthy")
  expect(seen).toBe("HEAD 1")
  expect(await check("/", 204)).toBe("it answered 200, not 204")
  expect(await check("/moved", 302)).toBe("healthy")
  expect(await check("/silent")).toBe("it did not answer in time")
  await server.stop(true)
  expect(await check("/")).toBe("it cannot be reached")
})

test("a password in a probe's URL is not part of its name", () => {
  const url = "http://user:secret@example.org/health"
  const probe = createHttpProbe({ url, headers: {}, status: 200, timeoutSeconds: 1 })
  expect(probe.name).toBe("http://example.org/health")
})

test("a TCP probe fails when nobody takes the connection", async () => {
  const server = createServer((socket) => socket.destroy())
  const { promise: isListening, resolve } = Promise.withResolvers<void>()
  server.listen(0, "127.0.0.1", resolve)
  await isListening
  const found = server.address()
  const address = `127.0.0.1:${typeof found === "object" ? found?.port : ""}`
  const probe = createTcpProbe({ address, timeoutSeconds: 1 })
  expect(await outcomeOf(probe.check())).toBe("healthy")
  server.close()
  expect(await outcomeOf(probe.check())).toBe("no connection: ECONNREFUSED")
})
