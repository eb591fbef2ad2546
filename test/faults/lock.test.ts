import { expect, test } from "bun:test"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { findFreePort } from "../support/free-port.ts"
import { createScratch } from "../support/scratch.ts"
import { createClient, expectStatus } from "./client.ts"
import { serverCommand } from "./server-command.ts"

/** Tries to start a second server; gives how it ended. */
async function startSecond(root: string, directory: string): Promise<{ code: number; output: string }> {
  const command = serverCommand({ root, directory, port: await findFreePort() })
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout: 10_000 })
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, output: stdout + stderr }
}

async function expectServed(berth: Berth): Promise<void> {
  await expectStatus(createClient(berth.url), { method: "GET", path: "/v2/" }, [200])
}

test("a second server on the same directory is refused by name, and the first goes on", async () => {
  using scratch = createScratch("berth-lock")
  const root = join(scratch.path, "data")
  await using first = await startBerth({ root })
  const second = await startSecond(root, scratch.path)
  expect(second.code).toBeGreaterThan(0)
  expect(second.output).toContain(String(first.pid))
  expect(second.output).not.toMatch(/\n +at /)
  await expectServed(first)
})

test("the lock ends with its holder: after kill -9 the next start works at once", async () => {
  using scratch = createScratch("berth-lock")
  const root = join(scratch.path, "data")
  for (let round = 0; round < 3; round++) {
    const killed = await startBerth({ root })
    await killed.kill()
    const start = performance.now()
    await using next = await startBerth({ root })
    expect(performance.now() - start).toBeLessThan(5000)
    await expectServed(next)
    const second = await startSecond(root, scratch.path)
    expect(second.code).toBeGreaterThan(0)
    expect(second.output).toContain(String(next.pid))
  }
}, 60_000)

test("a second server on the same database is refused, whatever its directory", async () => {
  using scratch = createScratch("berth-lock")
  const path = join(scratch.path, "data", "berth", "metadata.db")
  await using first = await startBerth({ root: join(scratch.path, "data") })
  const second = await startBerth({ config: { database: { path } } }).then(() => "started", String)
  expect(second).toContain(`process ${first.pid}`)
  await expectServed(first)
})
