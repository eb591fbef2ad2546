import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, startRegistry, type Registry } from "./client.ts"
import { digestOf, randomBytes } from "./content.ts"
import { pushBlob } from "./push.ts"

const repository = freshRepository("ranges")
const content = randomBytes(2000)
let registry: Registry
let path: string
beforeAll(async () => {
  registry = await startRegistry()
  path = `/v2/${repository}/blobs/${await pushBlob(registry, repository, content)}`
})
afterAll(() => registry.stop())

function get(range: string, headers: Record<string, string> = {}): Promise<Response> {
  return registry.send("GET", path, { headers: { range, ...headers } })
}

describe("distribution-spec, Pulling blobs: Range (RFC 9110, section 14)", () => {
  test.each([
    ["bytes=500-1499", 500, 1499],
    ["bytes=500-", 500, 1999],
    ["bytes=-500", 1500, 1999],
    ["bytes=500-9999", 500, 1999],
    ["bytes=-9999", 0, 1999],
    ["bytes=0-0", 0, 0],
    ["bytes=1999-1999", 1999, 1999],
    ["bytes=0-1999", 0, 1999],
    ["BYTES=0-9", 0, 9],
  ])("%s is answered 206 with just those bytes", async (range, first, last) => {
    const response = await get(range)
    expect(response.status).toBe(206)
    expect(response.headers.get("content-range")).toBe(`bytes ${first}-${last}/2000`)
    expect(response.headers.get("content-length")).toBe(String(last - first + 1))
    expect(await bytesIn(response)).toEqual(content.slice(first, last + 1))
  })

  test("a part carries the digest of the whole", async () => {
    const response = await get("bytes=0-9")
    expect(response.headers.get("docker-content-digest")).toBe(digestOf(content))
    expect(response.headers.get("content-type")).toBe("application/octet-stream")
  })

  test.each(["bytes=2000-", "bytes=5000-6000", "bytes=500-0", "bytes=-0"])(
    "%s cannot be satisfied: 416",
    async (range) => {
      const response = await get(range)
      expect(response.status).toBe(416)
      expect((await bytesIn(response)).length).toBeLessThan(2000)
    },
  )

  test("neither a part nor the whole is given the name of the file it is kept in", async () => {
    const whole = await registry.send("GET", path)
    for (const response of [whole, await get("bytes=0-9")]) {
      expect(response.headers.get("content-disposition") ?? "").not.toContain("filename")
    }
    expect(whole.headers.get("content-length")).toBe("2000")
  })

  test("416 names the blob's size", async () => {
    const response = await get("bytes=2000-")
    expect(response.headers.get("content-range")).toBe("bytes */2000")
  })

  test.each(["lines=0-9", "bytes", "bytes=a-b"])(
    "a Range that is none is ignored or refused with 416: %s",
    async (range) => {
      const response = await get(range)
      expect(response.status).toBeOneOf([200, 416])
      if (response.status === 200) expect(await bytesIn(response)).toEqual(content)
    },
  )

  test("an interrupted pull goes on where it ended", async () => {
    const head = await bytesIn(await get("bytes=0-699"))
    const tail = await bytesIn(await get(`bytes=${head.length}-`))
    expect(Buffer.concat([head, tail])).toEqual(Buffer.from(content))
  })

  test("If-Range with the blob's ETag gives the part, with another the whole", async () => {
    const etag = (await registry.send("HEAD", path)).headers.get("etag") ?? ""
    expect((await get("bytes=0-9", { "if-range": etag })).status).toBe(206)
    expect((await get("bytes=0-9", { "if-range": '"another"' })).status).toBe(200)
  })

  test("If-Range is compared strongly: the bare digest matches, a weak tag, * and a list do not", async () => {
    const digest = digestOf(content)
    expect((await get("bytes=0-9", { "if-range": digest })).status).toBe(206)
    for (const tag of ["*", `W/"${digest}"`, `"${digest}", "another"`, new Date().toUTCString()]) {
      expect((await get("bytes=0-9", { "if-range": tag })).status).toBe(200)
    }
  })

  test("Range on HEAD does not change the length that is named", async () => {
    const response = await registry.send("HEAD", path, { headers: { range: "bytes=0-9" } })
    expect(response.status).toBeOneOf([200, 206])
    if (response.status === 200) expect(response.headers.get("content-length")).toBe("2000")
  })
})
