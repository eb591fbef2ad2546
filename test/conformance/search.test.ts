import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { startRegistry, type Registry } from "./client.ts"
import { pushImage } from "./push.ts"

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry({ config: {} })
  for (const name of ["team/web-app", "team/web-api", "team/database", "webhook"]) {
    await pushImage(registry, name, { tag: "v1" })
  }
})
afterAll(() => registry.stop())

interface Result {
  name: string
  description: string
  star_count: number
  is_official: boolean
  is_automated: boolean
}

interface Search {
  query: string
  num_results: number
  results: Result[]
}

async function search(query: string): Promise<Search> {
  const response = await registry.send("GET", `/v1/search?${query}`, { headers: { "x-docker-token": "true" } })
  expect(response.status).toBe(200)
  expect(response.headers.get("content-type")).toStartWith("application/json")
  return (await response.json()) as Search
}

describe("docker search: GET /v1/search", () => {
  test("finds the repositories whose name holds the term", async () => {
    const { query, num_results, results } = await search("q=web")
    expect(query).toBe("web")
    expect(num_results).toBe(3)
    expect(results.map(({ name }) => name).toSorted()).toEqual(["team/web-api", "team/web-app", "webhook"])
  })

  test("each result has all the fields that Docker reads", async () => {
    const [result] = (await search("q=database")).results
    expect(result).toMatchObject({ name: "team/database", is_official: false, is_automated: false })
    expect(result?.description).toBeString()
    expect(result?.star_count).toBeNumber()
  })

  test("n limits the number of results", async () => {
    expect((await search("q=web&n=2")).results).toHaveLength(2)
  })

  test("a term that nothing has is an empty list", async () => {
    expect(await search("q=nothing-like-it")).toMatchObject({ num_results: 0, results: [] })
  })

  test.each(["%25", "_", "*", "'", "%27%20OR%201=1"])(
    "characters special to a database mean themselves: %s",
    async (term) => {
      expect((await search(`q=${term}`)).results).toEqual([])
    },
  )

  test.each(["n=0", "n=-1", "n=abc", "n=101", "n=99999999999999999999"])(
    "n outside 1 to 100 is never a 5xx: %s",
    async (n) => {
      const response = await registry.send("GET", `/v1/search?q=web&${n}`)
      expect(response.status).toBeOneOf([200, 400])
    },
  )
})
