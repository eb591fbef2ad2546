import { createHash } from "node:crypto"
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { digestOf, type Digest, type DigestAlgorithm } from "../domain/digest.ts"
import type { BlobStore, OpenedBlob } from "./blob-store.ts"

interface Subject {
  store: BlobStore
  dispose(): Promise<void>
}

/** What every blob store does, whatever it keeps the bytes in. */
export function describeBlobStore(name: string, create: () => Promise<Subject>): void {
  describe(`blob store: ${name}`, () => {
    let subject: Subject
    let store: BlobStore
    let uploads = 0
    const nextUpload = () => `upload-${++uploads}`

    beforeAll(async () => {
      subject = await create()
      store = subject.store
    })
    afterAll(() => subject.dispose())

    async function push(bytes: Uint8Array, generation = 0): Promise<Digest> {
      const id = nextUpload()
      const digest = digestOfBytes(bytes)
      await store.append(id, chunksOf(bytes, 1000), { algorithm: "sha256" })
      await store.complete(id, { digest, generation })
      return digest
    }

    test("copy() stores a blob under another generation as well", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(2_100_000))
      const digest = await push(bytes, 3)
      expect(await store.copy({ digest, generation: 3 }, 0)).toBe(true)
      for (const generation of [0, 3]) expect(await store.verify({ digest, generation })).toBe(true)
      expect(await store.copy({ digest, generation: 7 }, 1)).toBe(false)
      expect(await store.findSize({ digest, generation: 1 })).toBeUndefined()
    })

    test("append() gives size and digest, and complete() makes the bytes readable", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(60_000))
      const id = nextUpload()
      const state = await store.append(id, chunksOf(bytes, 7001), { algorithm: "sha256" })
      expect(state).toEqual({ sizeBytes: 60_000, digest: digestOfBytes(bytes) })
      const key = { digest: digestOfBytes(bytes), generation: 0 }
      expect(await store.findSize(key)).toBeUndefined()
      expect(await store.complete(id, key)).toEqual({ sizeBytes: 60_000 })
      expect(await readAll(await store.open(key))).toEqual(bytes)
      expect(await store.findSize(key)).toBe(60_000)
    })

    test("open() gives a range", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(5000))
      const digest = await push(bytes)
      const opened = await store.open({ digest, generation: 0 }, { start: 100, length: 1000 })
      expect(opened?.kind === "redirect" ? 0 : opened?.totalBytes).toBe(5000)
      expect(await readAll(opened)).toEqual(bytes.slice(100, 1100))
    })

    test("open() and findSize() give undefined for what is not there", async () => {
      const key = { digest: digestOfBytes(new Uint8Array([1])), generation: 0 }
      expect(await store.open(key)).toBeUndefined()
      expect(await store.findSize(key)).toBeUndefined()
    })

    test("read() gives all bytes, unless there are more than wanted", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(5000))
      const key = { digest: await push(bytes), generation: 0 }
      expect(Uint8Array.from((await store.read(key, 5000)) ?? [])).toEqual(bytes)
      expect(await store.read(key, 4999)).toBeUndefined()
      expect(await store.read({ ...key, generation: 7 }, 5000)).toBeUndefined()
    })

    test("verify() tells whether the bytes are those of the digest", async () => {
      const key = { digest: await push(crypto.getRandomValues(new Uint8Array(1_200_000))), generation: 0 }
      expect(await store.verify(key)).toBe(true)
      expect(await store.verify({ ...key, generation: 7 })).toBeUndefined()
      const other = { digest: digestOfBytes(new Uint8Array([9, 9])), generation: 0 }
      const id = nextUpload()
      await store.append(id, chunksOf(new Uint8Array([9, 8]), 1000), { algorithm: "sha256" })
      await store.complete(id, other)
      expect(await store.verify(other)).toBe(false)
    })

    test("verify() waits after each piece, and ends with what the waiting throws", async () => {
      const key = { digest: await push(crypto.getRandomValues(new Uint8Array(1_500_000))), generation: 0 }
      const pieces: number[] = []
      expect(await store.verify(key, async (bytes) => void pieces.push(bytes))).toBe(true)
      expect(pieces.reduce((sum, bytes) => sum + bytes, 0)).toBe(1_500_000)
      expect(await store.verify(key, () => Promise.reject(new Error("enough"))).catch(String)).toContain("enough")
    })

    test("appending again goes on at the end, and the digest covers all of it", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(2_500_000))
      const id = nextUpload()
      await store.append(id, chunksOf(bytes.subarray(0, 1_200_001), 65_536), { algorithm: "sha512" })
      expect((await store.findUpload(id, 0)).sizeBytes).toBe(1_200_001)
      const state = await store.append(id, chunksOf(bytes.subarray(1_200_001), 65_536), { algorithm: "sha512" })
      expect(state).toEqual({ sizeBytes: 2_500_000, digest: digestOfBytes(bytes, "sha512") })
      expect(await store.hashUpload(id, "sha256")).toBe(digestOfBytes(bytes))
      await store.abort(id)
    })

    test("a body that fails midway leaves what arrived, and the upload can go on", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(300_000))
      const id = nextUpload()
      const failing = failAfter(bytes.subarray(0, 290_000), new Error("cut"))
      expect(await store.append(id, failing, { algorithm: "sha256" }).catch(String)).toContain("cut")
      expect((await store.findUpload(id, 0)).sizeBytes).toBe(290_000)
      const state = await store.append(id, chunksOf(bytes.subarray(290_000), 999), { algorithm: "sha256" })
      expect(state.sizeBytes).toBe(300_000)
      expect(state.digest ?? (await store.hashUpload(id, "sha256"))).toBe(digestOfBytes(bytes))
      await store.abort(id)
    })

    test("an upload without bytes is an empty blob", async () => {
      const id = nextUpload()
      const digest = digestOfBytes(new Uint8Array(0))
      expect(await store.findUpload(id, 0)).toMatchObject({ sizeBytes: 0 })
      expect(await store.hashUpload(id, "sha256")).toBe(digest)
      expect(await store.complete(id, { digest, generation: 0 })).toEqual({ sizeBytes: 0 })
      expect(await readAll(await store.open({ digest, generation: 0 }))).toEqual(new Uint8Array(0))
    })

    test("abort() drops the bytes and may be repeated", async () => {
      const id = nextUpload()
      await store.append(id, chunksOf(new Uint8Array(10), 10), { algorithm: "sha256" })
      await store.abort(id)
      await store.abort(id)
      expect((await store.findUpload(id, 0)).sizeBytes).toBe(0)
    })

    test("generations of a digest are objects of their own", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(100))
      const digest = await push(bytes, 0)
      await push(bytes, 1)
      await store.remove({ digest, generation: 0 })
      await store.remove({ digest, generation: 0 })
      expect(await store.findSize({ digest, generation: 0 })).toBeUndefined()
      expect(await readAll(await store.open({ digest, generation: 1 }))).toEqual(bytes)
    })

    test("pushing a digest again replaces what is stored under it", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(100))
      const digest = await push(bytes)
      expect(await push(bytes)).toBe(digest)
      expect(await readAll(await store.open({ digest, generation: 0 }))).toEqual(bytes)
    })

    test("forty uploads at once keep their bytes apart", async () => {
      const all = Array.from({ length: 40 }, (_, n) => crypto.getRandomValues(new Uint8Array(40_000 + n)))
      const digests = await Promise.all(all.map((bytes) => push(bytes)))
      for (const [n, digest] of digests.entries()) {
        expect(await readAll(await store.open({ digest, generation: 0 }))).toEqual(all[n] ?? new Uint8Array(0))
      }
    })
  })
}

function digestOfBytes(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return digestOf(algorithm, createHash(algorithm).update(bytes).digest("hex"))
}

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size)
}

async function* failAfter(bytes: Uint8Array, error: Error): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes, 1000)
  throw error
}

async function readAll(opened: OpenedBlob | undefined): Promise<Uint8Array> {
  if (opened === undefined || opened.kind === "redirect") throw new Error("the blob was not opened")
  if (opened.kind === "stream") return new Uint8Array(await new Response(opened.body).arrayBuffer())
  const { start, length } = opened.range
  return new Uint8Array(
    await Bun.file(opened.path)
      .slice(start, start + length)
      .arrayBuffer(),
  )
}
