import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, headerOf, startRegistry, type Registry } from "./client.ts"
import { randomBytes, type Bytes } from "./content.ts"
import { pushBlob } from "./push.ts"

const repository = freshRepository("multi-ranges")
const content = randomBytes(10_000)
let registry: Registry
let path: string
beforeAll(async () => {
  registry = await startRegistry()
  path = `/v2/${repository}/blobs/${await pushBlob(registry, repository, content)}`
})
afterAll(() => registry.stop())

interface Part {
  contentType: string
  contentRange: string
  body: Bytes
}

function get(range: string): Promise<Response> {
  return registry.send("GET", path, { headers: { range } })
}

// Cuts by the boundary as RFC 2046 has it; latin1 keeps one character for each byte.
async function partsOf(response: Response): Promise<Part[]> {
  const boundary = /boundary="?([^";]+)"?/.exec(headerOf(response, "content-type"))?.[1] ?? ""
  const text = Buffer.from(await bytesIn(response)).toString("latin1")
  const pieces = `\r\n${text}`.split(`\r\n--${boundary}`)
  expect(pieces.at(-1)).toStartWith("--")
  return pieces.slice(1, -1).map((piece) => {
    const end = piece.indexOf("\r\n\r\n")
    const header = (name: string): string =>
      new RegExp(`^${name}: *(.*)$`, "im").exec(piece.slice(0, end))?.[1]?.trim() ?? ""
    return {
      contentType: header("content-type"),
      contentRange: header("content-range"),
      body: Uint8Array.from(Buffer.from(piece.slice(end + 4), "latin1")),
    }
  })
}

describe("distribution-spec, Pulling blobs: several ranges (RFC 9110, section 14.6)", () => {
  test("several ranges are answered 206 as multipart/byteranges", async () => {
    const response = await get("bytes=0-99,5000-5099")
    expect(response.status).toBe(206)
    expect(headerOf(response, "content-type")).toStartWith("multipart/byteranges")
    expect(response.headers.get("content-range")).toBeNull()
  })

  test("each part holds its bytes, its range and the blob's type", async () => {
    const parts = await partsOf(await get("bytes=0-99,5000-5099,-50"))
    expect(parts).toEqual([
      { contentType: "application/octet-stream", contentRange: "bytes 0-99/10000", body: content.slice(0, 100) },
      {
        contentType: "application/octet-stream",
        contentRange: "bytes 5000-5099/10000",
        body: content.slice(5000, 5100),
      },
      { contentType: "application/octet-stream", contentRange: "bytes 9950-9999/10000", body: content.slice(9950) },
    ])
  })

  test("the answer is sent in chunks, without a Content-Length", async () => {
    const response = await get("bytes=1-2, 4-8")
    expect(response.headers.get("transfer-encoding")).toBe("chunked")
    expect(response.headers.get("content-length")).toBeNull()
    expect((await partsOf(response)).map(({ body }) => body)).toEqual([content.slice(1, 3), content.slice(4, 9)])
  })

  test("a range beyond the end is left out while another can be met", async () => {
    const response = await get("bytes=0-9,20000-20009")
    expect(response.status).toBe(206)
    if (headerOf(response, "content-type").startsWith("multipart/byteranges")) {
      expect((await partsOf(response)).map((part) => part.contentRange)).toEqual(["bytes 0-9/10000"])
    } else {
      expect(response.headers.get("content-range")).toBe("bytes 0-9/10000")
      expect(await bytesIn(response)).toEqual(content.slice(0, 10))
    }
  })

  test("ranges that are all beyond the end are 416", async () => {
    expect((await get("bytes=20000-20009,30000-")).status).toBe(416)
  })

  test.each([3, 100, 1000])(
    "%d ranges over one another are answered part for part, ignored or refused",
    async (count) => {
      const response = await get(`bytes=${Array.from({ length: count }, () => "9990-").join(",")}`)
      expect(response.status).toBeOneOf([200, 206, 416])
      if (response.status === 206) {
        for (const { body } of await partsOf(response)) expect(body).toEqual(content.slice(9990))
      }
    },
  )
})
