import { afterEach, beforeEach, expect, test } from "bun:test"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { startBerth } from "./berth.ts"
import { findFreePort } from "./free-port.ts"
import { createScratch, type Scratch } from "./scratch.ts"

const usual = process.env["TMPDIR"]
let temporary: Scratch

beforeEach(() => {
  temporary = createScratch("berth-support")
  process.env["TMPDIR"] = temporary.path
})

afterEach(() => {
  if (usual === undefined) delete process.env["TMPDIR"]
  else process.env["TMPDIR"] = usual
  temporary[Symbol.dispose]()
})

function listLeftovers(): string[] {
  return readdirSync(temporary.path)
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}

test("a server that ends before it listens leaves no directory", async () => {
  const started = startBerth({ config: { limits: { stal: "60s" } } })
  expect(await started.catch(String)).toContain("limits.stal")
  expect(listLeftovers()).toEqual([])
})

test("a server that does not listen in time is ended, and leaves no directory", async () => {
  const elsewhere = await findFreePort()
  const started = startBerth({ config: { http: { addr: `127.0.0.1:${elsewhere}` } }, longestStartMs: 1000 })
  expect(await started.catch(String)).toContain("did not listen")
  expect(await fetch(`http://127.0.0.1:${elsewhere}/v2/`).catch(() => "nobody there")).toBe("nobody there")
  expect(listLeftovers()).toEqual([])
})

test("one that is killed leaves the data directory that it was given, and nothing else", async () => {
  using root = createScratch("berth-given")
  const berth = await startBerth({ root: root.path })
  await berth.kill()
  expect(isRunning(berth.pid)).toBe(false)
  expect(existsSync(join(root.path, "berth"))).toBe(true)
  expect(listLeftovers().map((name) => join(temporary.path, name))).toEqual([root.path])
})

test("one that is killed keeps a data directory of its own until it is disposed of", async () => {
  {
    await using berth = await startBerth()
    await berth.kill()
    expect(existsSync(join(berth.root, "berth"))).toBe(true)
  }
  expect(listLeftovers()).toEqual([])
})
