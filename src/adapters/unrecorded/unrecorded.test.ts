import { afterAll, expect, test } from "bun:test"
import { mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../../test/support/scratch.ts"
import type { Unrecorded } from "../../ports/unrecorded.ts"
import { createDiskFiles } from "../files/disk.ts"
import { openFileUnrecorded } from "./file.ts"
import { createMemoryUnrecorded } from "./memory.ts"

const scratch = createScratch("berth-unrecorded")
let places = 0
afterAll(() => scratch[Symbol.dispose]())

function newPlace(): string {
  const directory = join(scratch.path, `${++places}`)
  mkdirSync(directory)
  return directory
}

const ADAPTERS: [string, () => Unrecorded | Promise<Unrecorded>][] = [
  ["in memory", createMemoryUnrecorded],
  ["in a file", () => openFileUnrecorded(createDiskFiles(), newPlace())],
]

test.each(ADAPTERS)("%s: it is noted from when it is to when it is forgotten, however often", async (_, open) => {
  const mark = await open()
  expect(await mark.isNoted()).toBe(false)
  for (let times = 0; times < 2; times++) {
    await mark.note()
    expect(await mark.isNoted()).toBe(true)
  }
  for (let times = 0; times < 2; times++) {
    await mark.forget()
    expect(await mark.isNoted()).toBe(false)
  }
})

test("in a file: whoever opens it next knows, and noting it makes no new file", async () => {
  const directory = newPlace()
  const files = createDiskFiles()
  const noNewFiles = { ...files, open: () => Promise.reject(new Error("the disk is full")) }
  await openFileUnrecorded(files, directory)
  const mark = await openFileUnrecorded(noNewFiles, directory)
  await mark.note()
  expect(readdirSync(directory)).toHaveLength(1)
  expect(await (await openFileUnrecorded(noNewFiles, directory)).isNoted()).toBe(true)
})
