import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { expectError, freshRepository, startRegistry, type Registry } from "./client.ts"
import { pushImage, pushManifest } from "./push.ts"

// Upper case, digits and punctuation, so that byte order differs from alphabetic order.
const TAGS = ["0", "10", "9", "A", "Z", "_x", "a", "a-b", "a.b", "a_b", "ab", "z"].toSorted()
const repository = freshRepository("tags")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
  const image = await pushImage(registry, repository)
  for (const tag of TAGS.toReversed()) await pushManifest(registry, repository, image.manifest, { tag })
})
afterAll(() => registry.stop())

interface Page {
  tags: string[]
  next: string | undefined
}

async function list(path: string): Promise<Page> {
  const response = await registry.send("GET", path)
  expect(response.status).toBe(200)
  const body = (await response.json()) as { name: string; tags: string[] }
  expect(body.name).toBe(repository)
  // RFC 5988: <target>; rel="next", the target absolute or relative.
  const link = response.headers.get("link")
  if (link !== null) expect(link).toMatch(/^<[^>]+>; *rel="next"$/)
  return { tags: body.tags, next: link === null ? undefined : /^<([^>]+)>/.exec(link)?.[1] }
}

function listAt(query: string): Promise<Page> {
  return list(`/v2/${repository}/tags/list${query}`)
}

describe("distribution-spec, Listing Tags (end-8a)", () => {
  test("all tags come in byte order, without a Link", async () => {
    expect(await listAt("")).toEqual({ tags: TAGS, next: undefined })
  })

  test("the answer is JSON", async () => {
    const response = await registry.send("GET", `/v2/${repository}/tags/list`)
    expect(response.headers.get("content-type")).toStartWith("application/json")
  })

  test("a repository without tags has an empty list, not null", async () => {
    const untagged = freshRepository("tags")
    await pushImage(registry, untagged)
    const response = await registry.send("GET", `/v2/${untagged}/tags/list`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ name: untagged, tags: [] })
  })

  test("an unknown repository is 404", async () => {
    await expectError(await registry.send("GET", `/v2/${freshRepository("missing")}/tags/list`), 404, "NAME_UNKNOWN")
  })
})

describe("distribution-spec, Listing Tags: pages (end-8b)", () => {
  test("n gives the first n tags, and a Link to the next ones", async () => {
    const page = await listAt("?n=4")
    expect(page.tags).toEqual(TAGS.slice(0, 4))
    expect(page.next).toBeDefined()
  })

  test.each([1, 3, 5, 12, 13])("following Link by pages of %d gives each tag once, in order", async (n) => {
    const seen: string[] = []
    let next: string | undefined = `/v2/${repository}/tags/list?n=${n}`
    for (let pages = 0; next !== undefined && pages < 20; pages++) {
      const page: Page = await list(next)
      expect(page.tags.length).toBeLessThanOrEqual(n)
      seen.push(...page.tags)
      next = page.next
    }
    expect(seen).toEqual(TAGS)
  })

  test("n as large as the list, or larger, gives all without a Link", async () => {
    expect(await listAt("?n=1000")).toEqual({ tags: TAGS, next: undefined })
  })

  test("n=0 gives an empty list without a Link", async () => {
    expect(await listAt("?n=0")).toEqual({ tags: [], next: undefined })
    expect(await listAt("?n=0&last=A")).toEqual({ tags: [], next: undefined })
  })

  test("last with n gives up to n tags after it", async () => {
    expect((await listAt("?n=3&last=A")).tags).toEqual(TAGS.slice(TAGS.indexOf("A") + 1).slice(0, 3))
  })

  test("last without n gives all the tags after it, in one answer", async () => {
    expect(await listAt("?last=A")).toEqual({ tags: TAGS.slice(TAGS.indexOf("A") + 1), next: undefined })
  })

  test("last need not be a tag that exists", async () => {
    expect((await listAt("?last=a-a")).tags).toEqual(TAGS.filter((tag) => tag > "a-a"))
  })

  test("last that is the last tag gives an empty list", async () => {
    expect(await listAt("?n=5&last=z")).toEqual({ tags: [], next: undefined })
  })
})

describe("Berth: more tags asked for than one page holds", () => {
  test("n above tags.maxtags is answered with the maximum and a Link", async () => {
    await using small = await startSmallPages()
    const response = await small.registry.send("GET", `/v2/${small.repository}/tags/list?n=1000`)
    expect(await response.json()).toEqual({ name: small.repository, tags: ["a", "b", "c"] })
    expect(response.headers.get("link")).toContain('rel="next"')
  })
})

async function startSmallPages(): Promise<AsyncDisposable & { registry: Registry; repository: string }> {
  const registry = await startRegistry({ config: { tags: { maxtags: 3 } } })
  const repository = freshRepository("small")
  const image = await pushImage(registry, repository)
  for (const tag of ["a", "b", "c", "d"]) await pushManifest(registry, repository, image.manifest, { tag })
  return { registry, repository, [Symbol.asyncDispose]: async () => void (await registry.stop()) }
}
