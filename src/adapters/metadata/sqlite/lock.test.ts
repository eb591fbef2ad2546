import { afterAll, describe, expect, test } from "bun:test"
import { unlinkSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../../../test/support/scratch.ts"
import { acquireLock } from "./lock.ts"

const scratch = createScratch("berth-lock")
afterAll(() => scratch[Symbol.dispose]())

const here = { pid: process.pid, host: "here" }

// Holds the lock until it is killed.
const HOLD = `
  import { acquireLock } from ${JSON.stringify(join(import.meta.dir, "lock.ts"))}
  // What nobody refers to is collected, and its lock with it.
  globalThis.lock = acquireLock(process.argv.at(-1), { pid: process.pid, host: "elsewhere" })
  console.log("held")
  setInterval(() => {}, 1000)
`

async function startHolder(path: string) {
  const holder = Bun.spawn([process.execPath, "-e", HOLD, path], { stdout: "pipe" })
  const { value } = await holder.stdout.getReader().read()
  expect(new TextDecoder().decode(value)).toBe("held\n")
  return holder
}

describe("lock", () => {
  test("names the process that holds it", async () => {
    const path = join(scratch.path, "held.db")
    const holder = await startHolder(path)
    expect(() => acquireLock(path, here)).toThrow(`${path} is locked by process ${holder.pid} on host elsewhere`)
    unlinkSync(join(scratch.path, "held.json"))
    expect(() => acquireLock(path, here)).toThrow(`${path} is locked by another process`)
    holder.kill("SIGKILL")
    await holder.exited
  })

  test("ends with the process that held it, also by kill -9", async () => {
    const path = join(scratch.path, "killed.db")
    const holder = await startHolder(path)
    holder.kill("SIGKILL")
    await holder.exited
    acquireLock(path, here).release()
  })

  test("can be taken again once it is released, and not before", () => {
    const path = join(scratch.path, "released.db")
    const lock = acquireLock(path, here)
    expect(() => acquireLock(path, here)).toThrow(`locked by process ${process.pid} on host here`)
    lock.release()
    acquireLock(path, here).release()
  })
})
