import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { mkdir, mkdtemp, readFile, rm, statfs, unlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { digestOf } from "../../domain/digest.ts"
import type { StoredBlob } from "../../ports/blob-store.ts"
import { blobPath } from "../blob-store/filesystem/layout.ts"
import { createStoredBlobs } from "../blob-store/filesystem/stored-blobs.ts"
import { createDiskFiles } from "../files/disk.ts"
import { copyBlobs } from "./copy-blobs.ts"

const files = createDiskFiles()
const BLOBS = { list: (root: string) => createStoredBlobs(files, root).list, pathOf: blobPath }
// A file system of its own, to which nothing of another can be linked.
const MEMORY = "/dev/shm"

/** Twenty blobs, each of which was pushed again while its older copy waited to be removed. */
const OBJECTS = Array.from({ length: 20 }, (_, at) => digestOf("sha256", at.toString(16).padStart(64, "a"))).flatMap(
  (digest) => [0, 1].map((generation) => ({ digest, generation })),
)

describe.each([
  ["linked", tmpdir()],
  ["copied", MEMORY],
] as const)("stored blobs that are %s", (way, place) => {
  let [from, to] = ["", ""]
  beforeEach(async () => {
    from = await mkdtemp(join(tmpdir(), "berth-from-"))
    to = await mkdtemp(join(place, "berth-to-"))
    for (const key of OBJECTS) {
      await mkdir(dirname(blobPath(from, key)), { recursive: true })
      await writeFile(blobPath(from, key), `${key.digest} of equal length ${key.generation}`)
    }
  })
  afterEach(() => Promise.all([from, to].map((path) => rm(path, { recursive: true }))))

  const copy = (lister: typeof BLOBS = BLOBS) =>
    copyBlobs({ from, to, signal: new AbortController().signal, progress: () => undefined }, lister)

  async function expectAll(): Promise<void> {
    for (const key of OBJECTS)
      expect(await readFile(blobPath(to, key), "utf8")).toBe(await readFile(blobPath(from, key), "utf8"))
    expect((await BLOBS.list(to)({ limit: 1000 })).items).toHaveLength(OBJECTS.length)
  }

  test("come with all copies of a digest, whatever is copied at the same time", async () => {
    const others = (await statfs(from)).type !== (await statfs(to)).type
    expect(others).toBe(way === "copied")
    const { blobs, copied, linked } = await copy()
    expect({ blobs, copied, linked }).toEqual({ blobs: 40, copied: 40, linked: way === "linked" ? 40 : 0 })
    await expectAll()
    expect(await copy()).toMatchObject({ blobs: 40, copied: 0 })
  })

  test("come whole where an earlier run was killed in the middle of one", async () => {
    const [first] = OBJECTS
    if (first === undefined) throw new Error("nothing is copied")
    const path = blobPath(to, first)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(join(dirname(path), ".data.partial"), "half")
    await copy()
    await expectAll()
    expect(await readFile(join(dirname(path), ".data.partial")).catch(() => "gone")).toBe("gone")
  })

  test("are passed over when they are collected meanwhile, and nothing else is", async () => {
    const [gone] = OBJECTS
    if (gone === undefined) throw new Error("nothing is copied")
    let listed: StoredBlob[] = []
    const lister = {
      ...BLOBS,
      list: (root: string) => async (page: Parameters<ReturnType<typeof BLOBS.list>>[0]) => {
        const found = await BLOBS.list(root)(page)
        if (listed.length === 0) await unlink(blobPath(from, gone))
        listed = found.items
        return found
      },
    }
    expect(await copy(lister)).toMatchObject({ blobs: 39 })
    expect(
      await copyBlobs(
        { from, to: "/proc/nowhere", signal: new AbortController().signal, progress: () => undefined },
        BLOBS,
      ).catch(String),
    ).toContain("ENOENT")
  })
})
