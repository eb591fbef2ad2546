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

describe("distribution-spec, Registry Proxying: ns", () => {
  test.each(["GET", "HEAD"])("%s with ?ns= finds the content and answers OCI-Namespace", async (method) => {
    const layer = image.manifest.layers[0]?.digest
    for (const path of [`manifests/v1`, `manifests/${image.digest}`, `blobs/${layer}`]) {
      const response = await registry.send(method, `/v2/${repository}/${path}?ns=docker.io`)
      expect(response.status).toBe(200)
      expect(response.headers.get("oci-namespace")).toBe("docker.io")
    }
  })

  test("the content is the same with ns as without", async () => {
    const response = await registry.send("GET", `/v2/${repository}/manifests/v1?ns=registry.example%3A5000`)
    expect(await bytesIn(response)).toEqual(image.bytes)
    expect(response.headers.get("oci-namespace")).toBe("registry.example:5000")
  })

  test("without ns there is no OCI-Namespace", async () => {
    const response = await registry.send("GET", `/v2/${repository}/manifests/v1`)
    expect(response.headers.get("oci-namespace")).toBeNull()
  })

  test("an ns that could break out of a header does not", async () => {
    const response = await registry.send("GET", `/v2/${repository}/manifests/v1?ns=a%0d%0aX-Evil:%201`)
    expect(response.status).toBeOneOf([200, 400])
    expect(response.headers.get("x-evil")).toBeNull()
  })
})
