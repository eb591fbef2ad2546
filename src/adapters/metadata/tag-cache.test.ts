import { expect, test } from "bun:test"
import { parseDigest } from "../../domain/digest.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import { parseTag } from "../../domain/tag.ts"
import type { TagRecord } from "../../ports/metadata/tags.ts"
import { createTagCache } from "./tag-cache.ts"

const key = { repository: parseRepositoryName("a/b"), name: parseTag("t") }
const old = recordOf("0")
const young = recordOf("1")

function recordOf(digit: string): TagRecord {
  return { digest: parseDigest(`sha256:${digit.repeat(64)}`), mediaType: "x/y", sizeBytes: 1 }
}

test("a tag is loaded once", async () => {
  const cache = createTagCache()
  expect(await cache.find(key, async () => old)).toBe(old)
  expect(await cache.find(key, async () => young)).toBe(old)
})

test("a tag that is not there is looked for again", async () => {
  const cache = createTagCache()
  expect(await cache.find(key, async () => undefined)).toBeUndefined()
  expect(await cache.find(key, async () => young)).toBe(young)
})

test("once a write to the repository is acknowledged its tags are loaded anew, also when it failed", async () => {
  const cache = createTagCache()
  await cache.find(key, async () => old)
  await cache.change(key.repository, Promise.resolve())
  expect(await cache.find(key, async () => young)).toBe(young)
  await cache.change(key.repository, Promise.reject(new Error("lost"))).catch(() => undefined)
  expect(await cache.find(key, async () => old)).toBe(old)
})

test("while a write to the repository is under way its tags are loaded each time, and again after the last one", async () => {
  const cache = createTagCache()
  await cache.find(key, async () => old)
  const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const writes = [cache.change(key.repository, one.promise), cache.change(key.repository, other.promise)]
  expect(await cache.find(key, async () => young)).toBe(young)
  one.resolve()
  await writes[0]
  expect(await cache.find(key, async () => old)).toBe(old)
  expect(await cache.find(key, async () => young)).toBe(young)
  other.resolve()
  await writes[1]
  expect(await cache.find(key, async () => old)).toBe(old)
  expect(await cache.find(key, async () => young)).toBe(old)
})

test("a write to another repository changes nothing", async () => {
  const cache = createTagCache()
  await cache.find(key, async () => old)
  await cache.change(parseRepositoryName("a/c"), Promise.resolve())
  expect(await cache.find(key, async () => young)).toBe(old)
})

test("what was read before a write, and arrives after it, is given to its reader and not kept", async () => {
  const cache = createTagCache()
  const slow = Promise.withResolvers<TagRecord>()
  const reading = cache.find(key, () => slow.promise)
  await cache.change(key.repository, Promise.resolve())
  slow.resolve(old)
  expect(await reading).toBe(old)
  expect(await cache.find(key, async () => young)).toBe(young)
})

test("the number of tags kept is bounded", async () => {
  const cache = createTagCache()
  for (let n = 0; n < 10_001; n++) await cache.find({ ...key, name: parseTag(`t${n}`) }, async () => old)
  expect(await cache.find({ ...key, name: parseTag("t0") }, async () => young)).toBe(young)
})
