import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { freshRepository, startRegistry, type Registry } from "./client.ts"
import {
  bytesOf,
  digestOf,
  EMPTY_DESCRIPTOR,
  imageManifest,
  OCI_IMAGE,
  toJsonBytes,
  type Algorithm,
} from "./content.ts"
import { pushBlob } from "./push.ts"

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

interface Tagged {
  repository: string
  digest: string
  response: Response
}

async function pushWithTags(tags: string[], algorithm: Algorithm = "sha256"): Promise<Tagged> {
  const repository = freshRepository("multi-tag")
  await pushBlob(registry, repository, bytesOf("{}"))
  const bytes = toJsonBytes(imageManifest(EMPTY_DESCRIPTOR, [], { artifactType: "a/b", unique: crypto.randomUUID() }))
  const digest = digestOf(bytes, algorithm)
  const query = tags.map((tag) => `tag=${encodeURIComponent(tag)}`).join("&")
  const response = await registry.send("PUT", `/v2/${repository}/manifests/${digest}?${query}`, {
    headers: { "content-type": OCI_IMAGE },
    body: bytes,
  })
  return { repository, digest, response }
}

// Repeated fields arrive joined by a comma, which RFC 9110, section 5.3 makes the same thing.
function tagsNamedBy(response: Response): string[] {
  return (response.headers.get("oci-tag") ?? "").split(",").map((tag) => tag.trim())
}

async function listTags(repository: string): Promise<unknown> {
  return ((await (await registry.send("GET", `/v2/${repository}/tags/list`)).json()) as { tags: unknown }).tags
}

describe("distribution-spec, Pushing Manifests: several tags at once (end-7b)", () => {
  test("every tag is made, and OCI-Tag names each", async () => {
    const tags = ["1.2.3", "1.2", "1", "latest"]
    const { repository, digest, response } = await pushWithTags(tags)
    expect(response.status).toBe(201)
    expect(response.headers.get("docker-content-digest")).toBe(digest)
    expect(tagsNamedBy(response).toSorted()).toEqual(tags.toSorted())
    for (const tag of tags) {
      const head = await registry.send("HEAD", `/v2/${repository}/manifests/${tag}`)
      expect(head.headers.get("docker-content-digest")).toBe(digest)
    }
    expect(await listTags(repository)).toEqual(["1", "1.2", "1.2.3", "latest"])
  })

  test("ten tags fit", async () => {
    const tags = Array.from({ length: 10 }, (_, index) => `t${index}-${"x".repeat(100)}`)
    const { repository, response } = await pushWithTags(tags)
    expect(response.status).toBe(201)
    expect(tagsNamedBy(response).toSorted()).toEqual(tags)
    expect(await listTags(repository)).toEqual(tags)
  })

  test("more tags than fit are 201 with every tag named, or 414, never something between", async () => {
    const tags = Array.from({ length: 100 }, (_, index) => `t${String(index).padStart(3, "0")}`)
    const { repository, response } = await pushWithTags(tags)
    if (response.status === 201) expect(await listTags(repository)).toEqual(tagsNamedBy(response).toSorted())
    else expect(response.status).toBe(414)
  })

  test("the tags of a sha512 manifest report its sha512 digest", async () => {
    const { repository, digest, response } = await pushWithTags(["a", "b"], "sha512")
    expect(response.status).toBe(201)
    for (const tag of ["a", "b"]) {
      const head = await registry.send("HEAD", `/v2/${repository}/manifests/${tag}`)
      expect(head.headers.get("docker-content-digest")).toBe(digest)
    }
  })

  test("the same tag twice is made once", async () => {
    const { repository, response } = await pushWithTags(["a", "a"])
    expect(response.status).toBe(201)
    expect(await listTags(repository)).toEqual(["a"])
  })

  test("one tag that is none refuses the whole push", async () => {
    const { repository, digest, response } = await pushWithTags(["good", ".bad"])
    expect(response.status).toBe(400)
    for (const reference of ["good", digest]) {
      expect((await registry.send("HEAD", `/v2/${repository}/manifests/${reference}`)).status).toBe(404)
    }
  })

  test("a push without tag parameters has no OCI-Tag", async () => {
    const { response } = await pushWithTags([])
    expect(response.status).toBe(201)
    expect(response.headers.get("oci-tag")).toBeNull()
  })
})
