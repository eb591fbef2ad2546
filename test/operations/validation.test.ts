import { expect, test } from "bun:test"
import { startBerth } from "../support/berth.ts"

test("the URLs of layers kept elsewhere must be allowed and not denied", async () => {
  const urls = { allow: ["^https?://good\\.example/"], deny: ["^http://"] }
  await using berth = await startBerth({ config: { validation: { manifests: { urls } } } })
  const push = (url: string) => {
    const digest = `sha256:${"a".repeat(64)}`
    const mediaType = "application/vnd.oci.image.layer.nondistributable.v1.tar"
    const config = { mediaType: "application/vnd.oci.empty.v1+json", digest, size: 2 }
    const body = JSON.stringify({ schemaVersion: 2, config, layers: [{ mediaType, digest, size: 1, urls: [url] }] })
    const headers = { "content-type": "application/vnd.oci.image.manifest.v1+json" }
    return fetch(`${berth.url}/v2/a/manifests/foreign`, { method: "PUT", headers, body }).then((each) => each.json())
  }
  const codeOf = (answer: unknown) => (answer as { errors: { code: string }[] }).errors[0]?.code
  // The configuration of the image is not there: what is allowed comes as far as that.
  expect(codeOf(await push("https://good.example/layer"))).toBe("MANIFEST_BLOB_UNKNOWN")
  expect(codeOf(await push("http://good.example/layer"))).toBe("MANIFEST_INVALID")
  expect(codeOf(await push("https://other.example/layer"))).toBe("MANIFEST_INVALID")
})
