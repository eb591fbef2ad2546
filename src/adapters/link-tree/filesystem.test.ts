import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import { parseTag } from "../../domain/tag.ts"
import type { TreeEntry } from "../../ports/link-tree.ts"
import { createDiskFiles } from "../files/disk.ts"
import { createFilesystemLinkTree } from "./filesystem.ts"

const BASE = "docker/registry/v2/repositories"
const root = mkdtempSync(join(tmpdir(), "berth-links-"))
const tree = createFilesystemLinkTree(createDiskFiles(), root)
const app = parseRepositoryName("team/app")
const [one, two, three] = ["one", "two", "three"].map(
  (text) => `sha256:${createHash("sha256").update(text).digest("hex")}` as const,
) as [`sha256:${string}`, `sha256:${string}`, `sha256:${string}`]

function put(path: string, content: string, seconds = 1000): void {
  const file = join(root, BASE, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  utimesSync(file, seconds, seconds)
}

const inPath = (digest: string) => digest.replace(":", "/")

async function walk(): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = []
  for await (const entry of tree.walk()) entries.push(entry)
  return entries
}

beforeAll(() => {
  put(`team/app/_manifests/revisions/${inPath(one)}/link`, one)
  put(`team/app/_manifests/revisions/${inPath(two)}/link`, "")
  put(`team/app/_manifests/revisions/${inPath(three)}/link`, one)
  put("team/app/_manifests/tags/1.0/current/link", two, 3000)
  put(`team/app/_manifests/tags/1.0/index/${inPath(one)}/link`, one, 2000)
  put(`team/app/_manifests/tags/1.0/index/${inPath(two)}/link`, two, 3000)
  put(`team/app/_manifests/tags/1.0/index/${inPath(three)}/link`, "", 1000)
  put("team/app/_manifests/tags/empty/current/link", "")
  put("team/app/_manifests/tags/garbage/current/link", "sha256:zz")
  put("team/app/_manifests/tags/huge/current/link", "x".repeat(5000))
  put("team/app/_manifests/tags/newline/current/link", `${one}\n`)
  put("team/app/_manifests/tags/file", "")
  put("team/app/_manifests/tags/-no/current/link", one)
  put(`team/app/_layers/${inPath(one)}/link`, one)
  put("team/app/_layers/sha256/1234/link", one)
  put("team/app/_layers/md5/1234/link", one)
  put("team/app/_uploads/0b5e/startedat", "")
  put("team/app/_uploads/0b5f/startedat", "")
  put("team/app/sub/deep/_layers/x", "")
  put("team/app-2/_manifests/x", "")
  put("Upper/_manifests/x", "")
  put("stray.txt", "")
  symlinkSync(join(root, BASE), join(root, BASE, "team", "loop"))
})

afterAll(() => rmSync(root, { recursive: true }))

describe("a tree of links", () => {
  test("exists where distribution has written", async () => {
    expect(await tree.exists()).toBe(true)
    expect(await createFilesystemLinkTree(createDiskFiles(), join(root, "docker")).exists()).toBe(false)
  })

  test("gives repositories at any depth, and says what is none", async () => {
    const entries = await walk()
    const repositories = entries.flatMap((entry) => (entry.is === "repository" ? [String(entry.name)] : []))
    expect(repositories.toSorted()).toEqual(["team/app", "team/app-2", "team/app/sub/deep"])
    const problems = entries.flatMap((entry) => (entry.is === "problem" ? [entry.problem] : []))
    expect(problems.toSorted((a, b) => a.path.localeCompare(b.path))).toEqual([
      { kind: "stray", path: `${BASE}/stray.txt` },
      { kind: "symlink", path: `${BASE}/team/loop` },
      { kind: "name-invalid", path: `${BASE}/Upper` },
    ])
  })

  test("lists tags, manifests and blobs, and what has no place among them", async () => {
    const tags = await tree.list(app, "tag")
    expect(tags.names.toSorted()).toEqual(["1.0", "empty", "garbage", "huge", "newline"])
    expect(tags.problems.map(({ kind }) => kind).toSorted()).toEqual(["stray", "tag-invalid"])
    expect(tags.isListed("gone")).toBe(true)
    expect((await tree.list(app, "manifest")).isListed(`sha512:${"0".repeat(128)}`)).toBe(false)
    const blobs = await tree.list(app, "blob")
    expect(blobs.names).toEqual([one])
    const strays = blobs.problems.map(({ kind, path }) => `${kind} ${path.split("/").slice(-2).join("/")}`)
    expect(strays.toSorted()).toEqual(["stray _layers/md5", "stray sha256/1234"])
    expect((await tree.list(app, "manifest")).names.toSorted()).toEqual([one, two, three].toSorted())
    const none = await tree.list(parseRepositoryName("none"), "tag")
    expect([none.names, none.problems, none.isListed("gone")]).toEqual([[], [], false])
  })

  test("reads what a tag names, and when that was written", async () => {
    expect(await tree.read(app, { kind: "tag", name: "1.0" })).toEqual({
      is: "link",
      digest: two as never,
      changedAt: 3_000_000,
    })
    expect(await tree.read(app, { kind: "tag", name: "newline" })).toMatchObject({ is: "link", digest: one })
    expect(await tree.read(app, { kind: "tag", name: "gone" })).toEqual({ is: "absent" })
    expect(await tree.read(app, { kind: "tag", name: "file" })).toMatchObject({ problem: { kind: "link-lost" } })
  })

  test("a link is lost, and not deleted, where the directory is missing that would have it", async () => {
    const none = parseRepositoryName("none")
    const lost = { is: "damaged", problem: { kind: "link-lost" } }
    expect(await tree.read(none, { kind: "tag", name: "1.0" })).toMatchObject(lost)
    expect(await tree.read(none, { kind: "blob", name: one })).toMatchObject(lost)
    expect(await tree.read(app, { kind: "blob", name: two })).toEqual({ is: "absent" })
  })

  test.each([
    ["empty", "link-empty"],
    ["garbage", "link-damaged"],
    ["huge", "link-damaged"],
  ])("a tag whose link is %s is damaged: %s", async (name, kind) => {
    const path = `${BASE}/team/app/_manifests/tags/${name}/current/link`
    expect(await tree.read(app, { kind: "tag", name })).toMatchObject({ is: "damaged", problem: { kind, path } })
  })

  test("a manifest's link must name it", async () => {
    expect(await tree.read(app, { kind: "manifest", name: one })).toMatchObject({ is: "link", digest: one })
    expect(await tree.read(app, { kind: "manifest", name: two })).toMatchObject({ problem: { kind: "link-empty" } })
    expect(await tree.read(app, { kind: "manifest", name: three })).toMatchObject({ problem: { kind: "link-damaged" } })
  })

  test("gives a tag's history by time, without what is damaged", async () => {
    expect(await tree.listHistory(app, parseTag("1.0"))).toEqual([
      { digest: one as never, at: 2_000_000 },
      { digest: two as never, at: 3_000_000 },
    ])
  })

  test("counts unfinished uploads", async () => {
    expect(await tree.countUploads(app)).toBe(2)
    expect(await tree.countUploads(parseRepositoryName("none"))).toBe(0)
  })

  test("what may not be listed is a problem, and not an empty listing", async () => {
    const refuse = (path: string) =>
      Promise.reject<undefined>(Object.assign(new Error(`no right to list ${path}`), { code: "EACCES" }))
    const refusing = createFilesystemLinkTree({ ...createDiskFiles(), list: refuse }, root)
    const path = `${BASE}/team/app/_layers`
    const { names, problems, isListed } = await refusing.list(app, "blob")
    expect({ names, problems }).toEqual({ names: [], problems: [{ kind: "unreadable", path, detail: "EACCES" }] })
    expect(isListed(one)).toBe(false)
  })
})
