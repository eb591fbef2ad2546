import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { startRegistry, type Registry } from "./client.ts"
import { pushImage, pushManifest } from "./push.ts"

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

const REPOSITORIES = [
  "a",
  "0",
  "library/ubuntu",
  "a.b",
  "a_b",
  "a__b",
  "a-b",
  "a---b",
  "a-b.c_d__e--f",
  "a/b/c/d/e/f/g/h",
  "manifests",
  "tags/list",
  "blobs/uploads",
  "referrers",
  "x".repeat(255),
]

const TAGS = ["a", "_", "0", "V1.0-rc.1_x", "latest", "__.--", "x".repeat(128), "a..b", "1-", "sha256-abc.sig"]

describe("distribution-spec, Pulling manifests: names of repositories", () => {
  test.each(REPOSITORIES)("%s is a name: push, pull and list", async (repository) => {
    const image = await pushImage(registry, repository, { tag: "v1" })
    const head = await registry.send("HEAD", `/v2/${repository}/manifests/v1`)
    expect(head.headers.get("docker-content-digest")).toBe(image.digest)
    const list = await registry.send("GET", `/v2/${repository}/tags/list`)
    expect(await list.json()).toMatchObject({ name: repository, tags: expect.arrayContaining(["v1"]) })
  })
})

describe("distribution-spec, Pulling manifests: tags", () => {
  test.each(TAGS)("%s is a tag: push, pull and delete", async (tag) => {
    const image = await pushImage(registry, "conformance/tag-names")
    await pushManifest(registry, "conformance/tag-names", image.manifest, { tag })
    const path = `/v2/conformance/tag-names/manifests/${tag}`
    expect((await registry.send("HEAD", path)).headers.get("docker-content-digest")).toBe(image.digest)
    expect((await registry.send("DELETE", path)).status).toBe(202)
    expect((await registry.send("HEAD", path)).status).toBe(404)
  })

  test("tags that differ in case only are different tags", async () => {
    const repository = "conformance/tag-case"
    const lower = await pushImage(registry, repository, { tag: "case" })
    const upper = await pushImage(registry, repository, { tag: "CASE" })
    for (const [tag, { digest }] of Object.entries({ case: lower, CASE: upper })) {
      const head = await registry.send("HEAD", `/v2/${repository}/manifests/${tag}`)
      expect(head.headers.get("docker-content-digest")).toBe(digest)
    }
  })
})
