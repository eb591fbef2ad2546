import { afterAll, expect, test } from "bun:test"
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { failureOf, listen } from "./testing.ts"

const folder = mkdtempSync(join(tmpdir(), "berth-unix-"))
const path = join(folder, "registry.sock")
afterAll(() => rmSync(folder, { recursive: true }))

const ask = async () => (await fetch("http://localhost/", { unix: path })).text()

/** What a server leaves behind that was killed. */
async function leaveSocket(): Promise<void> {
  const script = `Bun.serve({ unix: ${JSON.stringify(path)}, fetch: () => new Response() }); console.log("ready")`
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" })
  await child.stdout.getReader().read()
  child.kill("SIGKILL")
  await child.exited
}

test("requests come in over a socket file, from an address of its own, and the file goes with the server", async () => {
  await using listener = await listen((_, { address }) => new Response(`served ${address}`), { unix: path })
  expect(await ask()).toBe("served unix")
  expect(listener.port).toBe(0)
  expect(statSync(path).isSocket()).toBe(true)
  expect(listener.log.messages("warn")).toEqual([])
  await listener.stop({ deadlineSeconds: 1 })
  expect(existsSync(path)).toBe(false)
})

test("the file's mode is what the umask leaves", async () => {
  await using _ = await listen(() => new Response(), { unix: path })
  expect(statSync(path).mode & 0o777).toBe(0o777 & ~process.umask())
})

test("the file of a server that was killed is replaced", async () => {
  await leaveSocket()
  expect(existsSync(path)).toBe(true)
  await using _ = await listen(() => new Response("next"), { unix: path })
  expect(await ask()).toBe("next")
})

test("a server that is there is left alone, and is an error for the second", async () => {
  await using _ = await listen(() => new Response("first"), { unix: path })
  const second = listen(() => new Response("second"), { unix: path })
  expect(await failureOf(second)).toBe(`${path} is already in use: stop the other program or set http.addr`)
  expect(await ask()).toBe("first")
})

test("a file that is no socket is never removed", async () => {
  const file = join(folder, "notes")
  writeFileSync(file, "mine")
  const started = listen(() => new Response(), { unix: file })
  expect(await failureOf(started)).toBe(`${file} is there already and no socket: remove it or correct http.addr`)
  expect(existsSync(file)).toBe(true)
})

test.each([
  ["a folder that is not there", join(folder, "none", "s"), "is in no folder that exists: create it"],
  ["a path of more than 107 bytes", join(folder, "x".repeat(120)), "is too long for a socket"],
])("%s is a clear error", async (_, unix, message) => {
  expect(await failureOf(listen(() => new Response(), { unix }))).toContain(message)
})

test("beyond limits.connections requests are answered 503", async () => {
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>()
  await using _ = await listen(() => isReleased.then(() => new Response("done")), { unix: path, connections: 2 })
  const under = [1, 2].map(() => fetch("http://localhost/", { unix: path }))
  await Bun.sleep(100)
  expect((await fetch("http://localhost/", { unix: path })).status).toBe(503)
  release()
  for (const response of await Promise.all(under)) expect(response.status).toBe(200)
})

const curl = Bun.which("curl")

test.skipIf(curl === null)(`HTTP/2 is served there too${curl === null ? " (needs curl)" : ""}`, async () => {
  await using _ = await listen(() => new Response("served"), { unix: path, http2: true })
  const options = ["--silent", "--unix-socket", path, "--http2-prior-knowledge", "--write-out", " %{http_version}"]
  const client = Bun.spawn([curl ?? "", ...options, "http://localhost/"], { stdout: "pipe", stderr: "ignore" })
  expect(await client.stdout.text()).toBe("served 2")
})
