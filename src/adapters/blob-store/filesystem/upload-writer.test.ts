import { expect, test } from "bun:test"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseDigest } from "../../../domain/digest.ts"
import type { Files } from "../../../ports/files.ts"
import { createDiskFiles } from "../../files/disk.ts"
import { ensureDirectory } from "../../files/ensure-directory.ts"
import { baseDirectories } from "./layout.ts"
import { createUploadWriter, type Piece } from "./upload-writer.ts"

const KEY = { digest: parseDigest(`sha256:${"ab".repeat(32)}`), generation: 0 }

async function open(maxSpoilt?: number) {
  const root = await mkdtemp(join(tmpdir(), "berth-writer-"))
  const disk = createDiskFiles()
  for (const path of baseDirectories(root)) await ensureDirectory(disk, path)
  const state = { isBroken: false }
  const failing = <T>(work: () => Promise<T>): Promise<T> =>
    state.isBroken ? Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" })) : work()
  const files: Files = {
    ...disk,
    open: async (path, mode) => {
      const file = await disk.open(path, mode)
      return { ...file, sync: () => failing(() => file.sync()) }
    },
    unlink: (path) => failing(() => disk.unlink(path)),
  }
  const writer = createUploadWriter(root, files, maxSpoilt)
  return { state, writer, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) }
}

function pieceOf(text: string): Piece {
  return { chunks: [new TextEncoder().encode(text)], isFirst: true, isLast: true, algorithm: "sha256" }
}

test("an upload whose sync failed begins anew, also where its file could not be removed at once", async () => {
  await using scene = await open()
  const { state, writer } = scene
  state.isBroken = true
  expect(await writer.append("u", pieceOf("lost")).catch(String)).toBe("Error: EIO")
  // As long as the file cannot be removed nothing is said of it.
  expect(await writer.find("u", 0).catch(String)).toBe("Error: EIO")
  expect(await writer.hash("u", "sha256").catch(String)).toBe("Error: EIO")
  expect(await writer.complete("u", KEY).catch(String)).toBe("Error: EIO")
  state.isBroken = false
  expect(await writer.find("u", 0)).toEqual({ sizeBytes: 0 })
  expect(await writer.append("u", pieceOf("kept"))).toMatchObject({ sizeBytes: 4 })
  expect(await writer.complete("u", KEY)).toEqual({ sizeBytes: 4 })
})

test("where more uploads failed than are remembered, none counts that is not known to be sound", async () => {
  await using scene = await open(1)
  const { state, writer } = scene
  await writer.append("sound", pieceOf("kept"))
  state.isBroken = true
  for (const id of ["one", "two"]) expect(await writer.append(id, pieceOf("lost")).catch(String)).toBe("Error: EIO")
  expect(await writer.find("two", 4).catch(String)).toBe("Error: EIO")
  state.isBroken = false
  // A request that has seen it already must not take it for an empty one.
  expect(await writer.complete("two", KEY).catch(String)).toContain("given up")
  expect(await writer.find("one", 4)).toEqual({ sizeBytes: 0 })
  expect(await writer.find("two", 4)).toEqual({ sizeBytes: 0 })
  expect(await writer.find("sound", 4)).toMatchObject({ sizeBytes: 4 })
  expect(await writer.append("new", pieceOf("new"))).toMatchObject({ sizeBytes: 3 })
  expect(await writer.complete("new", KEY)).toEqual({ sizeBytes: 3 })
  expect(await writer.complete("empty", { ...KEY, generation: 1 })).toEqual({ sizeBytes: 0 })
})
