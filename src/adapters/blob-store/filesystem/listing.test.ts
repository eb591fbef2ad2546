import { afterAll, beforeAll, expect, test } from "bun:test"
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { digestOf } from "../../../domain/digest.ts"
import { createDiskFiles } from "../../files/disk.ts"
import { createBlobListing } from "./listing.ts"
import { createQuarantine } from "./quarantine.ts"

let root: string
const files = createDiskFiles()
const hex = "ab".repeat(32)
const digest = digestOf("sha256", hex)

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-listing-"))
  const blobs = join(root, "docker/registry/v2/blobs")
  await mkdir(join(blobs, "sha256/ab", hex), { recursive: true })
  await mkdir(join(root, "berth"))
  for (const name of ["data", "data.2", "data.10"]) await writeFile(join(blobs, "sha256/ab", hex, name), name)
})
afterAll(() => rm(root, { recursive: true }))

test("what does not look like a blob is passed over", async () => {
  const blobs = join(root, "docker/registry/v2/blobs")
  const strays = [
    "sha256/ab/README",
    `sha256/ab/${hex}/data.`,
    `sha256/ab/${hex}/data.01`,
    `sha256/ab/${hex}/data.2.tmp`,
  ]
  for (const stray of [...strays, `sha256/ab/${hex}/data.0`, "lost+found", "sha256/x"])
    await writeFile(join(blobs, stray), "")
  for (const stray of [`sha256/cd/${hex}`, `sha256/abc/${hex}`, `md5/ab/${hex}`, `sha256/ab/${hex.toUpperCase()}`]) {
    await mkdir(join(blobs, stray), { recursive: true })
    await writeFile(join(blobs, stray, "data"), "")
  }
  await symlink("/etc/passwd", join(blobs, `sha256/ab/${hex}/data.3`))
  const { items, hasMore } = await createBlobListing(files, root)({ limit: 10 })
  expect(items.map(({ generation, sizeBytes }) => [generation, sizeBytes])).toEqual([
    [0, 4],
    [2, 6],
    [10, 7],
  ])
  expect(items.every((blob) => blob.digest === digest)).toBe(true)
  expect(hasMore).toBe(false)
})

test("a directory that cannot be read fails the listing instead of hiding what it holds", async () => {
  const failing = {
    ...files,
    list: (path: string) => (path.endsWith(hex) ? Promise.reject(new Error("EIO")) : files.list(path)),
  }
  expect(await createBlobListing(failing, root)({ limit: 10 }).catch(String)).toContain("EIO")
})

test("the names in a directory are read once for all pages of an iteration, and anew for the next one", async () => {
  const other = join(root, "pages")
  const shelf = join(other, "docker/registry/v2/blobs/sha256/ab")
  const put = async (name: string) => {
    await mkdir(join(shelf, name), { recursive: true })
    await writeFile(join(shelf, name, "data"), "")
  }
  const names = Array.from({ length: 5 }, (_, at) => `ab0${at}`.padEnd(64, "0"))
  for (const name of names) await put(name)
  const read: string[] = []
  const list = createBlobListing({ ...files, list: (path) => (read.push(path), files.list(path)) }, other)
  const first = await list({ limit: 2 })
  const after = first.items.at(-1)
  if (after === undefined) throw new Error("a page of nothing")
  await put("ab03f".padEnd(64, "0"))
  const rest = await list({ limit: 9, after })
  expect([...first.items, ...rest.items].map(({ digest }) => digest)).toEqual(names.map((n) => digestOf("sha256", n)))
  expect(read.filter((path) => path === shelf)).toHaveLength(1)
  expect((await list({ limit: 9, after: { ...after } })).items).toHaveLength(4)
})

test("a move aside keeps the bytes, and replaces none that were moved there before", async () => {
  const quarantine = createQuarantine(files, root)
  const path = join(root, "docker/registry/v2/blobs/sha256/ab", hex, "data.2")
  expect(await quarantine({ digest, generation: 2 })).toBe(`sha256-${hex}.2`)
  await writeFile(path, "again")
  const both = await Promise.all([quarantine({ digest, generation: 2 }), quarantine({ digest, generation: 10 })])
  expect(both).toEqual([`sha256-${hex}.2.1`, `sha256-${hex}.10`])
  const aside = join(root, "berth/quarantine")
  expect((await readdir(aside)).toSorted()).toEqual([`sha256-${hex}.10`, `sha256-${hex}.2`, `sha256-${hex}.2.1`])
  expect(await readFile(join(aside, `sha256-${hex}.2`), "utf8")).toBe("data.2")
  expect(await readFile(join(aside, `sha256-${hex}.2.1`), "utf8")).toBe("again")
})
