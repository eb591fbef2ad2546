import { expect, test } from "bun:test"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "../support/berth.ts"
import { findFreePort } from "../support/free-port.ts"
import { createScratch } from "../support/scratch.ts"
import { waitUntil } from "./wait.ts"

async function start(health: Record<string, unknown>, limits: Record<string, unknown> = {}) {
  const [port, debugPort] = [await findFreePort(), await findFreePort()]
  const http = { addr: `127.0.0.1:${port}`, debug: { addr: `127.0.0.1:${debugPort}` } }
  const berth = await startBerth({ port, config: { http, health, limits } })
  await waitUntil("the second listener", () => berth.output().includes("debug server listening"))
  const ask = async (url: string) => {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
    return `${response.status} ${(await response.text()).trim()}`
  }
  return { berth, ask, debug: `http://127.0.0.1:${debugPort}` }
}

test("a file that appears takes the registry out of service, and back when it goes", async () => {
  using scratch = createScratch("berth-health")
  const file = join(scratch.path, "down")
  const { berth, ask, debug } = await start({ file: [{ file, interval: "1s" }] })
  await using _ = berth
  expect(await ask(`${debug}/debug/health`)).toBe("200 {}")
  writeFileSync(file, "")
  await waitUntil("the failure", async () => (await ask(`${berth.url}/readyz`)) === "503 unhealthy")
  expect(await ask(`${berth.url}/v2/`)).toBe(
    '503 {"errors":[{"code":"UNAVAILABLE","message":"service unavailable","detail":"health check failed: please see /debug/health"}]}',
  )
  await waitUntil("the line of access", () => /"GET \/v2\/ HTTP\/1\.1" 503 \d{2,} /.test(berth.output()))
  expect(await ask(`${debug}/debug/health`)).toBe(`503 ${JSON.stringify({ [file]: "file exists" })}`)
  expect(await ask(`${berth.url}/livez`)).toBe("200 ok")
  rmSync(file)
  await waitUntil("the recovery", async () => (await ask(`${berth.url}/v2/`)) === "200 {}")
})

test("a storage that cannot be written to makes the registry unhealthy", async () => {
  const { berth, ask, debug } = await start({ storagedriver: { enabled: true, interval: "1s", threshold: 2 } })
  await using _ = berth
  // In the place of the file that is written: this stops root as well.
  mkdirSync(join(berth.root, "berth", "probe"))
  await waitUntil("the failure", async () => (await ask(`${debug}/debug/health`)).startsWith("503"))
  expect(await ask(`${debug}/debug/health`)).toContain("storagedriver_filesystem")
  rmSync(join(berth.root, "berth", "probe"), { recursive: true })
  await waitUntil("the recovery", async () => (await ask(`${debug}/debug/health`)) === "200 {}")
})

test("whoever looks after the registry comes in while its connections are all taken", async () => {
  const connections = 120
  const { berth, ask, debug } = await start({}, { connections: String(connections) })
  await using _ = berth
  const { hostname, port } = new URL(berth.url)
  const open = () => Bun.connect({ hostname, port: Number(port), socket: { data: () => {} } })
  const sockets = await Promise.all(Array.from({ length: connections }, open))
  // One that has asked something is kept open for minutes.
  for (const socket of sockets) socket.write("GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
  try {
    await waitUntil("the limit", () => berth.output().includes("limits.connections allows"))
    // Every listener looks at its own limit from time to time.
    await Bun.sleep(500)
    expect(await ask(`${debug}/debug/health`)).toBe("200 {}")
  } finally {
    for (const socket of sockets) socket.end()
  }
})
