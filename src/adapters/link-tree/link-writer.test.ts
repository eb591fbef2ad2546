import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { createScratch } from "../../../test/support/scratch.ts"
import type { Digest } from "../../domain/digest.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import { parseTag } from "../../domain/tag.ts"
import type { LinkKey, LinkTree } from "../../ports/link-tree.ts"
import { createDiskFiles } from "../files/disk.ts"
import { createFilesystemLinkTree } from "./filesystem.ts"

const app = parseRepositoryName("team/app")
const [one, two] = ["one", "two"].map((text) => `sha256:${createHash("sha256").update(text).digest("hex")}`) as [
  Digest,
  Digest,
]
const scratch = createScratch("berth-link-writer")
const BASE = join(scratch.path, "docker/registry/v2/repositories/team/app")
const pathOf = (digest: Digest) => digest.replace(":", "/")
let tree: LinkTree

beforeAll(() => {
  tree = createFilesystemLinkTree(createDiskFiles(), scratch.path)
})
afterAll(() => scratch[Symbol.dispose]())

describe("a link that is written", () => {
  test.each<[LinkKey, string]>([
    [{ kind: "tag", name: "1.0" }, "_manifests/tags/1.0/current/link"],
    [{ kind: "manifest", name: one }, `_manifests/revisions/${pathOf(one)}/link`],
    [{ kind: "blob", name: one }, `_layers/${pathOf(one)}/link`],
  ])("is where distribution looks for it: %p", async (key, path) => {
    await tree.write(app, key, one)
    expect(readFileSync(join(BASE, path), "utf8")).toBe(one)
    expect(await tree.read(app, key)).toMatchObject({ is: "link", digest: one })
  })

  test("takes the place of what was there, and of what a crash left beside it", async () => {
    const key: LinkKey = { kind: "tag", name: "moved" }
    await tree.write(app, key, one)
    writeFileSync(join(BASE, "_manifests/tags/moved/current/link.new"), "half")
    await tree.write(app, key, two)
    expect(await tree.read(app, key)).toMatchObject({ is: "link", digest: two })
    expect(existsSync(join(BASE, "_manifests/tags/moved/current/link.new"))).toBe(false)
  })

  test("may be of a tag's history", async () => {
    const tag = parseTag("old")
    await tree.writeHistory(app, tag, one)
    await tree.writeHistory(app, tag, two)
    expect((await tree.listHistory(app, tag)).map(({ digest }) => digest).toSorted()).toEqual([one, two].toSorted())
  })
})

describe("a link that is removed", () => {
  test("goes with a tag's history, and leaves others alone", async () => {
    const [gone, stays] = [parseTag("gone"), parseTag("stays")]
    for (const tag of [gone, stays]) {
      await tree.write(app, { kind: "tag", name: tag }, one)
      await tree.writeHistory(app, tag, one)
    }
    await tree.remove(app, { kind: "tag", name: gone })
    expect(existsSync(join(BASE, "_manifests/tags/gone"))).toBe(false)
    expect((await tree.list(app, "tag")).names).toContain("stays")
    expect(await tree.listHistory(app, stays)).toHaveLength(1)
  })

  test("may be absent, and its repository too", async () => {
    await tree.remove(app, { kind: "manifest", name: two })
    await tree.remove(parseRepositoryName("never/seen"), { kind: "blob", name: two })
    expect(existsSync(join(scratch.path, "docker/registry/v2/repositories/never"))).toBe(false)
  })

  test("leaves blobs where they are", async () => {
    const data = join(scratch.path, "docker/registry/v2/blobs", pathOf(two), "data")
    mkdirSync(dirname(data), { recursive: true })
    writeFileSync(data, "two")
    await tree.write(app, { kind: "blob", name: two }, two)
    await tree.remove(app, { kind: "blob", name: two })
    expect(await tree.read(app, { kind: "blob", name: two })).toEqual({ is: "absent" })
    expect(readFileSync(data, "utf8")).toBe("two")
  })

  test("goes with its repository when that has nothing left, and with the empty directories above it", async () => {
    const [first, second] = ["up/down/one", "up/down/two"].map(parseRepositoryName)
    if (first === undefined || second === undefined) throw new Error("two names")
    const up = join(BASE, "..", "..", "up")
    for (const repository of [first, second]) await tree.write(repository, { kind: "tag", name: "1" }, one)
    await tree.removeRepository(first)
    expect(existsSync(join(up, "down/one/_manifests/tags/1/current/link"))).toBe(true)
    await tree.remove(first, { kind: "tag", name: "1" })
    await tree.removeRepository(first)
    expect(existsSync(join(up, "down/one"))).toBe(false)
    expect(existsSync(join(up, "down/two/_manifests/tags/1/current/link"))).toBe(true)
    await tree.remove(second, { kind: "tag", name: "1" })
    await tree.removeRepository(second)
    expect(existsSync(up)).toBe(false)
    expect(existsSync(BASE)).toBe(true)
  })
})
