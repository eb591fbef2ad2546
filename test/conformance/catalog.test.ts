import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { startRegistry, type Registry } from "./client.ts"
import { pushImage } from "./push.ts"

// `/` comes after `-` and `.` in byte order, though a walk of directories would put it first.
const NAMES = ["a", "a-b", "a.b", "a/z", "ab", "b/c/d", "z"].toSorted()
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry({ config: {} })
  for (const name of NAMES.toReversed()) await pushImage(registry, name, { tag: "v1" })
})
afterAll(() => registry.stop())

interface Page {
  repositories: string[]
  next: string | undefined
}

async function list(path: string): Promise<Page> {
  const response = await registry.send("GET", path)
  expect(response.status).toBe(200)
  const link = response.headers.get("link")
  if (link !== null) expect(link).toMatch(/^<[^>]+>; *rel="next"$/)
  const { repositories } = (await response.json()) as { repositories: string[] }
  return { repositories, next: link === null ? undefined : /^<([^>]+)>/.exec(link)?.[1] }
}

describe("distribution, GET /v2/_catalog", () => {
  test("all repositories come in byte order", async () => {
    expect(await list("/v2/_catalog")).toEqual({ repositories: NAMES, next: undefined })
  })

  test.each([1, 2, 3, 7, 8])("following Link by pages of %d gives each repository once, in order", async (n) => {
    const seen: string[] = []
    let next: string | undefined = `/v2/_catalog?n=${n}`
    for (let pages = 0; next !== undefined && pages < 20; pages++) {
      const page: Page = await list(next)
      expect(page.repositories.length).toBeLessThanOrEqual(n)
      seen.push(...page.repositories)
      next = page.next
    }
    expect(seen).toEqual(NAMES)
  })

  test("last is exclusive and need not exist", async () => {
    expect((await list("/v2/_catalog?n=100&last=a-b")).repositories).toEqual(NAMES.filter((name) => name > "a-b"))
    expect((await list("/v2/_catalog?n=2&last=a0")).repositories).toEqual(["ab", "b/c/d"])
    expect((await list("/v2/_catalog?last=z")).repositories).toEqual([])
  })

  test("n=0 gives an empty list without a Link", async () => {
    expect(await list("/v2/_catalog?n=0")).toEqual({ repositories: [], next: undefined })
  })
})

describe("Berth: what the catalog holds", () => {
  test("a repository without content is not listed: neither one never pushed to nor one emptied", async () => {
    await registry.send("POST", "/v2/only/started/blobs/uploads/")
    const image = await pushImage(registry, "emptied", { tag: "v1" })
    expect((await list("/v2/_catalog?last=d&n=1")).repositories).toEqual(["emptied"])
    await registry.send("DELETE", `/v2/emptied/manifests/${image.digest}`)
    for (const descriptor of [image.manifest.config, ...image.manifest.layers]) {
      await registry.send("DELETE", `/v2/emptied/blobs/${descriptor.digest}`)
    }
    expect((await list("/v2/_catalog")).repositories).toEqual(NAMES)
  })

  test("n above catalog.maxentries is answered with the maximum and a Link", async () => {
    const small = await startRegistry({ config: { catalog: { maxentries: 2 } } })
    for (const name of ["a", "b", "c"]) await pushImage(small, name, { tag: "v1" })
    const response = await small.send("GET", "/v2/_catalog?n=1000")
    expect(await response.json()).toEqual({ repositories: ["a", "b"] })
    expect(response.headers.get("link")).toContain('rel="next"')
    await small.stop()
  })
})
