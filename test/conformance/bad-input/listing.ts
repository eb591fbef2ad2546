import { expect } from "bun:test"
import { readFileSync } from "node:fs"
import { startBerth } from "../../support/berth.ts"
import { createRegistry, freshRepository } from "../client.ts"
import { OCI_INDEX, randomBytes, unknownDigest } from "../content.ts"
import { pushBlob, pushImage } from "../push.ts"
import { all, refuses, type BadInput } from "./row.ts"

const BAD_NUMBERS = ["n=-1", "n=abc", "n=1.5", "n=0x10", "n=1&n=2", "n=+1", "n=1e3", "n=%201"]

function residentBytes(pid: number): number {
  return 4096 * Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1])
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
      await using berth = await startBerth()
      const registry = createRegistry(berth.url)
      await pushImage(registry, "a", { tag: "v1" })
      const list = (): Promise<Response> => registry.send("GET", "/v2/_catalog?n=9223372036854775807")
      await list()
      const before = residentBytes(berth.pid)
      const response = await list()
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ repositories: ["a"] })
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
]
