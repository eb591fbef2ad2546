import { expect } from "bun:test"
import { readFileSync } from "node:fs"
import { startBerth } from "../../support/berth.ts"
import { createRegistry, freshRepository, type Registry } from "../client.ts"
import { indexManifest, OCI_INDEX, randomBytes, unknownDigest, type IndexManifest } from "../content.ts"
import { pushBlob, pushImage, pushManifest } from "../push.ts"
import { all, refuses, type BadInput } from "./row.ts"

const BAD_NUMBERS = ["n=-1", "n=abc", "n=1.5", "n=0x10", "n=1&n=2", "n=+1", "n=1e3", "n=%201"]

function residentBytes(pid: number): number {
  return 4096 * Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1])
}

/** The bodies of a page and of all that follow by their Link headers. */
async function followPages(registry: Registry, first: string): Promise<string[]> {
  const pages: string[] = []
  let target: string | undefined = first
  while (target !== undefined) {
    if (pages.length > 100) throw new Error(`the pages of ${first} have no end`)
    const response = await registry.send("GET", target)
    expect(response.status).toBe(200)
    pages.push(await response.text())
    target = /^<([^>]+)>; *rel="next"$/.exec(response.headers.get("link") ?? "")?.[1]
  }
  return pages
}

export const listing: BadInput[] = [
  {
    id: "B53",
    input: "a Range that ends before it begins, or begins beyond the end",
    check: async (registry) => {
      const repository = freshRepository("bad-ranges")
      const digest = await pushBlob(registry, repository, randomBytes(1000))
      for (const range of ["bytes=500-0", "bytes=1000-", "bytes=99999999999999999999-"]) {
        const response = await registry.send("GET", `/v2/${repository}/blobs/${digest}`, { headers: { range } })
        expect({ range, status: response.status }).toEqual({ range, status: 416 })
      }
    },
  },
  {
    id: "B55",
    input: "the catalog asked for in one page of any size",
    check: async () => {
      await using berth = await startBerth({ config: { catalog: { maxentries: 20 } } })
      const registry = createRegistry(berth.url)
      const names = Array.from({ length: 45 }, (_, index) => `r${String(index).padStart(2, "0")}`)
      for (const name of names) await pushManifest(registry, name, indexManifest([]), { tag: "v1" })
      for (const n of ["21", "1000", "9223372036854775807"]) {
        const pages = await followPages(registry, `/v2/_catalog?n=${n}`)
        const lists = pages.map((page) => (JSON.parse(page) as { repositories: string[] }).repositories)
        expect({ n, lists: lists.map((list) => list.length) }).toEqual({ n, lists: [20, 20, 5] })
        expect(lists.flat()).toEqual(names)
      }
      const before = residentBytes(berth.pid)
      expect((await registry.send("GET", "/v2/_catalog?n=9223372036854775807")).status).toBe(200)
      expect(residentBytes(berth.pid) - before).toBeLessThan(50 * 1024 * 1024)
    },
  },
  {
    id: "B56",
    input: "page sizes that are none",
    check: all(
      refuses(
        400,
        "PAGINATION_NUMBER_INVALID",
        BAD_NUMBERS.map((query) => ["GET", `/v2/_catalog?${query}`]),
      ),
      async (registry) => {
        const repository = freshRepository("bad-pages")
        await pushImage(registry, repository, { tag: "v1" })
        const paths = BAD_NUMBERS.map((query): [string, string] => ["GET", `/v2/${repository}/tags/list?${query}`])
        await refuses(400, "PAGINATION_NUMBER_INVALID", paths)(registry)
      },
    ),
  },
  {
    id: "B57",
    input: "a page of no tags",
    check: async (registry) => {
      const repository = freshRepository("bad-pages")
      await pushImage(registry, repository, { tag: "v1" })
      const response = await registry.send("GET", `/v2/${repository}/tags/list?n=0`)
      expect(response.status).toBe(200)
      expect(response.headers.get("link")).toBeNull()
      expect(await response.json()).toEqual({ name: repository, tags: [] })
    },
  },
  {
    id: "B59",
    input: "referrers of a digest that is none, and of one that nobody has",
    check: all(
      refuses(400, "DIGEST_INVALID", [
        ["GET", "/v2/a/referrers/sha256:abc"],
        ["GET", "/v2/a/referrers/latest"],
      ]),
      async (registry) => {
        const response = await registry.send("GET", `/v2/${freshRepository("none")}/referrers/${unknownDigest()}`)
        expect(response.status).toBe(200)
        expect(await response.json()).toEqual({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })
      },
    ),
  },
  {
    id: "B102",
    input: "referrers whose annotations together are many times a manifest's size",
    check: async (registry) => {
      const repository = freshRepository("wide-referrers")
      const subject = (await pushManifest(registry, repository, indexManifest([]))).descriptor
      const pushed: string[] = []
      for (let index = 0; index < 30; index++) {
        const annotations = { "org.example.wide": `${index} ${"x".repeat(1_000_000)}` }
        pushed.push((await pushManifest(registry, repository, indexManifest([], { subject, annotations }))).digest)
      }
      const pages = await followPages(registry, `/v2/${repository}/referrers/${subject.digest}`)
      expect(pages.length).toBeGreaterThan(5)
      for (const page of pages) expect(page.length).toBeLessThan(5 * 1024 * 1024)
      const listed = pages.flatMap((page) => (JSON.parse(page) as IndexManifest).manifests)
      expect(listed.map(({ digest }) => digest)).toEqual(pushed.toSorted())
      expect(listed.every(({ annotations }) => (annotations?.["org.example.wide"]?.length ?? 0) > 1_000_000)).toBe(true)
    },
  },
]
