import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, startRegistry, type Registry } from "./client.ts"
import { pushImage, type Image } from "./push.ts"

const repository = freshRepository("ns")
let registry: Registry
let image: Image
beforeAll(async () => {
  registry = await startRegistry()
  image = await pushImage(registry, repository, { tag: "v1" })
})
afterAll(() => registry.stop())

// "A registry MAY choose to ignore the ns query parameter": Berth is no mirror, and so names no namespace either.
describe("distribution-spec, Registry Proxying: ns", () => {
  test.each(["GET", "HEAD"])("%s with ?ns= finds the same content as without", async (method) => {
    const layer = image.manifest.layers[0]?.digest
    for (const path of [`manifests/v1`, `manifests/${image.digest}`, `blobs/${layer}`]) {
      const response = await registry.send(method, `/v2/${repository}/${path}?ns=docker.io`)
      expect(response.status).toBe(200)
      expect(response.headers.get("oci-namespace")).toBeNull()
    }
    const response = await registry.send("GET", `/v2/${repository}/manifests/v1?ns=registry.example%3A5000`)
    expect(await bytesIn(response)).toEqual(image.bytes)
  })

  test("an ns that could break out of a header does not", async () => {
    const response = await registry.send("GET", `/v2/${repository}/manifests/v1?ns=a%0d%0aX-Evil:%201`)
    expect(response.status).toBeOneOf([200, 400])
    expect(response.headers.get("x-evil")).toBeNull()
  })
})
