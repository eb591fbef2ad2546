import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { freshRepository, startRegistry, type Registry } from "./client.ts"
import {
  bytesOf,
  EMPTY_DESCRIPTOR,
  imageManifest,
  indexManifest,
  OCI_IMAGE,
  unknownDigest,
  type Descriptor,
  type IndexManifest,
} from "./content.ts"
import { pushBlob, pushImage, pushManifest } from "./push.ts"

const repository = freshRepository("subject")
let registry: Registry
let subject: Descriptor
beforeAll(async () => {
  registry = await startRegistry()
  subject = (await pushImage(registry, repository)).descriptor
  await pushBlob(registry, repository, bytesOf("{}"))
})
afterAll(() => registry.stop())

function missingSubject(algorithm: "sha256" | "sha512" = "sha256"): Descriptor {
  return { mediaType: OCI_IMAGE, digest: unknownDigest(algorithm), size: 1000 }
}

describe("distribution-spec, Pushing Manifests with Subject", () => {
  test("the push of an image with a subject names it in OCI-Subject", async () => {
    const manifest = imageManifest(EMPTY_DESCRIPTOR, [], { artifactType: "a/b", subject })
    const { response } = await pushManifest(registry, repository, manifest)
    expect(response.headers.get("oci-subject")).toBe(subject.digest)
  })

  test("so does the push of an index, by tag too", async () => {
    const index = indexManifest([], { subject })
    const { response } = await pushManifest(registry, repository, index, { tag: "with-subject" })
    expect(response.headers.get("oci-subject")).toBe(subject.digest)
  })

  test("a push without a subject has no OCI-Subject", async () => {
    const { response } = await pushImage(registry, repository)
    expect(response.headers.get("oci-subject")).toBeNull()
  })

  test.each(["sha256", "sha512"] as const)("a subject that does not exist is taken (%s)", async (algorithm) => {
    const of = missingSubject(algorithm)
    const { response } = await pushManifest(registry, repository, indexManifest([], { subject: of }))
    expect(response.headers.get("oci-subject")).toBe(of.digest)
  })

  test("a subject may be pushed after its referrer, which is then listed", async () => {
    const late = indexManifest([], { annotations: { unique: crypto.randomUUID() } })
    const name = freshRepository("subject")
    const elsewhere = await pushManifest(registry, repository, late)
    const referrer = await pushManifest(registry, name, indexManifest([], { subject: elsewhere.descriptor }))
    await pushManifest(registry, name, late, { tag: "late" })
    const list = await registry.send("GET", `/v2/${name}/referrers/${elsewhere.digest}`)
    expect(((await list.json()) as IndexManifest).manifests).toEqual([referrer.descriptor])
  })

  test("no fallback tag is made by the registry", async () => {
    const name = freshRepository("subject")
    await pushManifest(registry, name, indexManifest([], { subject: missingSubject() }), { tag: "only" })
    const list = await registry.send("GET", `/v2/${name}/tags/list`)
    expect(await list.json()).toEqual({ name, tags: ["only"] })
  })
})
