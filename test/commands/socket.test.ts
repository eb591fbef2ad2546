import { expect, test } from "bun:test"
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { askControlSocket, openControlSocket } from "../../src/http/listener/control-socket.ts"
import { attempt } from "../e2e/support/command.ts"
import { requirePrograms, ROOT } from "../e2e/support/programs.ts"
import { startBerth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"
import { berth, berthCommand, pushImage, writeConfig } from "./scene.ts"

const socketOf = (root: string) => join(root, "berth", "control.sock")

/** The registry answers a little earlier. */
async function waitForSocket(root: string): Promise<void> {
  const isReady = () => existsSync(socketOf(root)) && !existsSync(`${socketOf(root)}.new`)
  for (let tries = 0; tries < 1000 && !isReady(); tries++) await Bun.sleep(10)
}

test("the socket is its owner's alone, and gone when the server has ended", async () => {
  using scratch = createScratch("berth-socket")
  const root = join(scratch.path, "data")
  const server = await startBerth({ root })
  await waitForSocket(root)
  expect(lstatSync(socketOf(root)).isSocket()).toBe(true)
  expect(lstatSync(socketOf(root)).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(root, "berth")).filter((name) => name.startsWith("control"))).toEqual(["control.sock"])
  await server.stop()
  expect(readdirSync(join(root, "berth")).filter((name) => name.startsWith("control"))).toEqual([])
})

// Another user, who may read what belongs to root: the program's own files, which the checkout may hide from others.
const AS_NOBODY = [
  "setpriv",
  "--reuid=65534",
  "--regid=65534",
  "--clear-groups",
  "--inh-caps=-all,+dac_read_search",
  "--ambient-caps=-all,+dac_read_search",
]

requirePrograms("setpriv", ROOT)("another user is told whose socket it is", async () => {
  using scratch = createScratch("berth-socket")
  const root = join(scratch.path, "data")
  await using server = await startBerth({ root })
  await pushImage(server.url, "app", "latest")
  await waitForSocket(root)
  chmodSync(scratch.path, 0o755)
  const command = [...AS_NOBODY, ...berthCommand("repository", "list", "-c", writeConfig(root))]
  const { exitCode, stdout, stderr } = await attempt(command)
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: `berth: ${socketOf(root)} may be opened by its owner alone: run the command as the user that the server runs as\n`,
  })
})

test("a socket that kill -9 left is no hindrance, neither to a command nor to the next server", async () => {
  using scratch = createScratch("berth-socket")
  const root = join(scratch.path, "data")
  const config = writeConfig(root)
  const killed = await startBerth({ root })
  await pushImage(killed.url, "app", "latest")
  await waitForSocket(root)
  await killed.kill()
  expect(existsSync(socketOf(root))).toBe(true)
  const alone = await berth(config, "repository", "list", "--json")
  expect(JSON.parse(alone.stdout)).toMatchObject({ items: [{ name: "app" }] })
  await using next = await startBerth({ root })
  await pushImage(next.url, "later", "latest")
  const served = await berth(config, "repository", "list", "--json")
  expect(JSON.parse(served.stdout)).toMatchObject({ items: [{ name: "app" }, { name: "later" }] })
})

// The runtime ends a connection on which nothing moves for 10 s, and looks every 4 s.
test("who watches a job that rests is not cut off", async () => {
  using scratch = createScratch("berth-socket")
  const path = join(scratch.path, "control.sock")
  const pieces = ["first", "last"]
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const piece = pieces.shift()
        if (piece === undefined) return controller.close()
        if (piece === "last") await Bun.sleep(15_000)
        controller.enqueue(new TextEncoder().encode(piece))
      },
    })
  const socket = await openControlSocket(path, async () => new Response(body()))
  const answer = await askControlSocket(path, new Request("http://berth/"))
  expect(await answer.text()).toBe("firstlast")
  await socket.close()
}, 60_000)

test("a data directory may have a longer path than a socket's address", async () => {
  using scratch = createScratch("berth-socket")
  const root = join(scratch.path, "long".repeat(40), "data")
  mkdirSync(root, { recursive: true })
  await using server = await startBerth({ root })
  await pushImage(server.url, "app", "latest")
  const { stdout, stderr } = await berth(writeConfig(root), "job", "list", "--json")
  expect({ stdout, stderr }).toEqual({ stdout: '{"items":[]}\n', stderr: "" })
  const list = await berth(writeConfig(root), "repository", "list", "--json")
  expect(JSON.parse(list.stdout)).toMatchObject({ items: [{ name: "app" }] })
})

test("a path of the operator's own that is not there is named, and not taken for a server that has gone", async () => {
  using scratch = createScratch("berth-socket")
  const root = join(scratch.path, "data")
  await using server = await startBerth({ root })
  await pushImage(server.url, "app", "v1")
  const config = writeConfig(root)
  const none = join(scratch.path, "none")
  const file = join(scratch.path, "file")
  writeFileSync(file, "no directory")
  const fail = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await berth(config, ...args)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" })
    return stderr
  }
  const noDirectory = `berth: there is no directory ${none}: make it, or name another\n`
  expect(await fail("backup", `${none}/x.db`)).toBe(noDirectory)
  expect(await fail("export", "--oci-layout", "app:v1", `${none}/x.tar`)).toBe(noDirectory)
  expect(await fail("import", none)).toBe(`berth: there is no ${none}: name a directory or an archive that is there\n`)
  expect(await fail("export", "--oci-layout", "app:v1", `${file}/layout`)).toContain(file)
}, 60_000)

/** The head of an answer, whose body goes on until the connection ends. */
const WITHOUT_END = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

test.each([
  ["before it answers", ""],
  ["while it answers", `${WITHOUT_END}1\r\n{\r\n`],
])("a server that dies %s is told of in our words", async (_, beginning) => {
  using scratch = createScratch("berth-socket")
  const root = join(scratch.path, "data")
  mkdirSync(join(root, "berth"), { recursive: true })
  const server = createServer((socket) =>
    socket.once("data", (request) => {
      if (request.includes("/version ")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
      else socket.write(beginning, () => socket.destroy())
    }),
  )
  await new Promise<void>((resolve) => server.listen(socketOf(root), resolve))
  const { exitCode, stdout, stderr } = await berth(writeConfig(root), "job", "watch", "some")
  server.close()
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 1,
    stdout: "",
    stderr:
      "berth: the server went away before it had answered: what it was to do may be done or not, and its log may say why\n",
  })
})
