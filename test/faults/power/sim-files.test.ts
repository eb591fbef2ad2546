import { expect, test } from "bun:test"
import { createRandom } from "../random.ts"
import { createDisk } from "./disk.ts"
import { createImageFiles, listImages, restoreDisk, type Image } from "./image.ts"
import { createSimFiles } from "./sim-files.ts"

const ALL = { all: 100_000, drawn: 0 }
const LIMITS = { all: 4096, drawn: 100 }

function open(disk = createDisk()) {
  const files = createSimFiles(disk, async (effect) => effect())
  const write = async (path: string, text: string) => (await files.open(path, "append")).write([Buffer.from(text)])
  const sync = async (path: string) => (await files.open(path, "append")).sync()
  /** What a cut may leave of the file, each once. */
  const outcomes = async (path: string) => {
    const found = await Promise.all(listAll().map((image) => readText(image, path)))
    return [...new Set(found)].sort()
  }
  const listAll = () => [...listImages(disk, createRandom(1), ALL).images]
  return { disk, files, write, sync, outcomes, listAll }
}

async function readText(image: Image, path: string): Promise<string> {
  const bytes = (await createImageFiles(() => image).findContent(path, Infinity))?.bytes
  return bytes === undefined ? "absent" : Buffer.from(bytes).toString("latin1").replaceAll("\0", "0")
}

test("a file whose directory was not synced may be absent, synced or not", async () => {
  const { write, sync, outcomes } = open()
  await write("/a", "one")
  await sync("/a")
  expect(await outcomes("/a")).toEqual(["absent", "one"])
})

test("what was synced stays, and what was appended since may be lost, zeros or what the disk held before", async () => {
  const { files, write, sync, outcomes } = open()
  await write("/a", "one")
  await sync("/a")
  await files.syncDirectory("/")
  expect(await outcomes("/a")).toEqual(["one"])
  await write("/a", "two")
  expect(await outcomes("/a")).toEqual(["one", "one000", "onetwo", "one\xa5\xa5\xa5"])
})

test("of two writes the later one may be there alone", async () => {
  const { files, write, outcomes } = open()
  await write("/a", "one")
  await files.syncDirectory("/")
  await write("/a", "two")
  expect(await outcomes("/a")).toContain("000two")
})

test("a write is torn at a sector or at a page", async () => {
  const { files, write, outcomes } = open()
  await files.open("/a", "append")
  await files.syncDirectory("/")
  await write("/a", "x".repeat(5000))
  const prefixes = (await outcomes("/a")).map((text) => text.replaceAll("0", "").length)
  expect(prefixes).toContain(4096)
  expect(prefixes.filter((length) => length > 0 && length < 5000 && length % 512 === 0).length).toBeGreaterThan(2)
})

test("a rename becomes durable in each directory by itself, and after the sync of both it is done", async () => {
  const { files, write, sync, listAll } = open()
  await files.mkdir("/d")
  await write("/a", "one")
  await sync("/a")
  await files.syncDirectory("/")
  await files.rename("/a", "/d/b")
  const seen = async () =>
    new Set(await Promise.all(listAll().map(async (i) => `${await readText(i, "/a")} ${await readText(i, "/d/b")}`)))
  expect([...(await seen())].sort()).toEqual(["absent absent", "absent one", "one absent", "one one"])
  await files.syncDirectory("/d")
  await files.syncDirectory("/")
  expect([...(await seen())]).toEqual(["absent one"])
})

test("what a directory holds cannot be reached as long as its own entry is not durable", async () => {
  const { files, write, sync, outcomes } = open()
  await files.mkdir("/d")
  await write("/d/a", "one")
  await sync("/d/a")
  await files.syncDirectory("/d")
  expect(await outcomes("/d/a")).toEqual(["absent", "one"])
  await files.syncDirectory("/")
  expect(await outcomes("/d/a")).toEqual(["one"])
})

test("a name that is replaced is the old file or the new one, never none", async () => {
  const { files, write, sync, outcomes } = open()
  await write("/a", "old")
  await write("/b", "new")
  await sync("/a")
  await sync("/b")
  await files.syncDirectory("/")
  await files.rename("/b", "/a")
  expect(await outcomes("/a")).toEqual(["new", "old"])
})

test("a file that was cut off may have its end again", async () => {
  const { files, write, sync, outcomes } = open()
  await write("/a", "onetwo")
  await sync("/a")
  await files.syncDirectory("/")
  await (await files.open("/a", "append")).truncate(3)
  expect(await outcomes("/a")).toEqual(["one", "onetwo"])
})

test("a machine that starts again finds one image, all of it durable", async () => {
  const { disk, write } = open()
  await write("/a", "one")
  const image = [...listImages(disk, createRandom(1), ALL).images].at(-1)
  if (image === undefined) throw new Error("there is no image")
  const after = open(restoreDisk(image))
  expect(after.listAll().map(({ hash }) => hash)).toEqual([image.hash])
})

test("where there are too many images some are drawn, and it is said so", async () => {
  const { disk, files } = open()
  for (let n = 0; n < 12; n++) await files.mkdir(`/d${n}`)
  const all = listImages(disk, createRandom(1), LIMITS)
  expect([all.isAll, new Set([...all.images].map(({ hash }) => hash)).size]).toEqual([true, 4096])
  await files.mkdir("/one-more")
  const some = listImages(disk, createRandom(1), LIMITS)
  expect([some.isAll, [...some.images].length]).toEqual([false, 100])
})
