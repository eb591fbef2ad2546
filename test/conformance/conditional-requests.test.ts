import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, startRegistry, type Registry } from "./client.ts"
import { digestOf, randomBytes } from "./content.ts"
import { pushBlob, pushImage, type Image } from "./push.ts"

const repository = freshRepository("conditional")
const content = randomBytes(300)
let registry: Registry
let image: Image
let blobPath: string
beforeAll(async () => {
  registry = await startRegistry()
  image = await pushImage(registry, repository, { tag: "v1" })
  blobPath = `/v2/${repository}/blobs/${await pushBlob(registry, repository, content)}`
})
afterAll(() => registry.stop())

function getIfNoneMatch(path: string, value: string, method = "GET"): Promise<Response> {
  return registry.send(method, path, { headers: { "if-none-match": value } })
}

describe("RFC 9110, section 13: If-None-Match on manifests", () => {
  test("the ETag is the digest in quotes, by tag and by digest", async () => {
    for (const reference of ["v1", image.digest]) {
      const response = await registry.send("GET", `/v2/${repository}/manifests/${reference}`)
      expect(response.headers.get("etag")).toBe(`"${image.digest}"`)
    }
  })

  test.each(["GET", "HEAD"])(
    "%s with the current digest, with quotes or without, is 304 without a body",
    async (method) => {
      for (const value of [
        `"${image.digest}"`,
        image.digest,
        `W/"${image.digest}"`,
        `"other", "${image.digest}"`,
        "*",
      ]) {
        const response = await getIfNoneMatch(`/v2/${repository}/manifests/v1`, value, method)
        expect({ value, status: response.status }).toEqual({ value, status: 304 })
        expect(await response.text()).toBe("")
        expect(response.headers.get("etag")).toBe(`"${image.digest}"`)
      }
    },
  )

  test("another digest gets the manifest", async () => {
    const response = await getIfNoneMatch(`/v2/${repository}/manifests/v1`, `"${digestOf("other")}"`)
    expect(response.status).toBe(200)
    expect(await bytesIn(response)).toEqual(image.bytes)
  })

  test("a tag that has moved is 200 again", async () => {
    const first = await pushImage(registry, repository, { tag: "moving" })
    const second = await pushImage(registry, repository, { tag: "moving" })
    const response = await getIfNoneMatch(`/v2/${repository}/manifests/moving`, `"${first.digest}"`)
    expect(response.status).toBe(200)
    expect(response.headers.get("docker-content-digest")).toBe(second.digest)
  })

  test("a missing manifest is 404 whatever If-None-Match says", async () => {
    expect((await getIfNoneMatch(`/v2/${repository}/manifests/missing`, "*")).status).toBe(404)
  })
})

describe("RFC 9110, section 13: If-None-Match on blobs", () => {
  test.each(["GET", "HEAD"])(
    "%s with the blob's digest, with quotes or without, is 304 without a body",
    async (method) => {
      for (const value of [`"${digestOf(content)}"`, digestOf(content), `"a", "${digestOf(content)}"`, "*"]) {
        const response = await getIfNoneMatch(blobPath, value, method)
        expect({ value, status: response.status }).toEqual({ value, status: 304 })
        expect(await response.text()).toBe("")
      }
    },
  )

  test("another digest gets the blob", async () => {
    const response = await getIfNoneMatch(blobPath, `"${digestOf("other")}"`)
    expect(response.status).toBe(200)
    expect(await bytesIn(response)).toEqual(content)
  })

  test("If-None-Match goes before Range", async () => {
    const response = await registry.send("GET", blobPath, {
      headers: { "if-none-match": `"${digestOf(content)}"`, range: "bytes=0-9" },
    })
    expect(response.status).toBe(304)
  })
})
