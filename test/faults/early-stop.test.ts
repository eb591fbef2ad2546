import { expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { findFreePort } from "../support/free-port.ts"
import { createScratch } from "../support/scratch.ts"
import { serverCommand } from "./server-command.ts"

test("a server that is told to stop while it starts ends in order, and leaves nothing half open", async () => {
  using scratch = createScratch("berth-early")
  const root = join(scratch.path, "data")
  const command = serverCommand({ root, port: await findFreePort(), directory: scratch.path })
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "inherit", timeout: 20_000 })
  // Written with the lock, which is the first thing that the start takes.
  while (!existsSync(join(root, "berth", "lock.json")) && child.exitCode === null) await Bun.sleep(1)
  child.kill("SIGTERM")
  expect(await child.exited).toBe(0)
  expect(readdirSync(join(root, "berth")).toSorted()).toEqual([
    "lock.db",
    "lock.json",
    "metadata.db",
    "told-kept",
    "uploads",
  ])
})
