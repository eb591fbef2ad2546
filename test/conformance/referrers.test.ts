import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { expectError, freshRepository, startRegistry, type Registry } from "./client.ts"
import {
  bytesOf,
  EMPTY_DESCRIPTOR,
  imageManifest,
  indexManifest,
  OCI_CONFIG,
  OCI_IMAGE,
  OCI_INDEX,
  unknownDigest,
  type Descriptor,
  type IndexManifest,
} from "./content.ts"
import { pushBlob, pushImage, pushManifest } from "./push.ts"

const repository = freshRepository("referrers")
let registry: Registry
let subject: Descriptor
beforeAll(async () => {
  registry = await startRegistry()
  subject = (await pushImage(registry, repository, { tag: "subject" })).descriptor
  await pushBlob(registry, repository, bytesOf("{}"))
})
afterAll(() => registry.stop())

async function freshSubject(): Promise<Descriptor> {
  return (await pushImage(registry, repository)).descriptor
}

async function listReferrers(digest: string, name = repository): Promise<IndexManifest> {
  const response = await registry.send("GET", `/v2/${name}/referrers/${digest}`)
  expect(response.status).toBe(200)
  expect(response.headers.get("content-type")).toBe(OCI_INDEX)
  const index = (await response.json()) as IndexManifest
  expect({ schemaVersion: index.schemaVersion, mediaType: index.mediaType }).toEqual({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
  })
  return index
}

describe("distribution-spec, Listing Referrers (end-12a)", () => {
  test("an image with a subject is listed with its type, digest, size, artifactType and annotations", async () => {
    const annotations = { "org.opencontainers.image.created": "2026-01-01T00:00:00Z", "org.example": "<b>&\u2028" }
    const manifest = imageManifest(EMPTY_DESCRIPTOR, [], {
      artifactType: "application/vnd.example.sbom",
      subject,
      annotations,
    })
    const pushed = await pushManifest(registry, repository, manifest)
    const expected = { ...pushed.descriptor, artifactType: "application/vnd.example.sbom", annotations }
    expect((await listReferrers(subject.digest)).manifests).toContainEqual(expected)
  })

  test("an image without artifactType is listed with the type of its config", async () => {
    const of = await freshSubject()
    const manifest = imageManifest({ ...EMPTY_DESCRIPTOR, mediaType: OCI_CONFIG }, [EMPTY_DESCRIPTOR], { subject: of })
    const pushed = await pushManifest(registry, repository, manifest)
    expect((await listReferrers(of.digest)).manifests).toEqual([{ ...pushed.descriptor, artifactType: OCI_CONFIG }])
  })

  test("an image whose artifactType is empty is listed with the type of its config", async () => {
    const of = await freshSubject()
    const manifest = imageManifest({ ...EMPTY_DESCRIPTOR, mediaType: "x/config" }, [], {
      artifactType: "",
      subject: of,
    })
    await pushManifest(registry, repository, manifest)
    expect((await listReferrers(of.digest)).manifests[0]?.artifactType).toBe("x/config")
  })

  test("an index is listed with its artifactType, or with none", async () => {
    const of = await freshSubject()
    const typed = await pushManifest(registry, repository, indexManifest([], { artifactType: "x/list", subject: of }))
    const untyped = await pushManifest(
      registry,
      repository,
      indexManifest([], { subject: of, annotations: { a: "b" } }),
    )
    const { manifests } = await listReferrers(of.digest)
    expect(manifests).toHaveLength(2)
    expect(manifests).toContainEqual({ ...typed.descriptor, artifactType: "x/list" })
    expect(manifests).toContainEqual({ ...untyped.descriptor, annotations: { a: "b" } })
  })

  test("a referrer of a sha512 subject is listed under that digest", async () => {
    const of = (await pushImage(registry, repository, { algorithm: "sha512" })).descriptor
    const pushed = await pushManifest(registry, repository, indexManifest([], { subject: of }), { algorithm: "sha512" })
    expect((await listReferrers(of.digest)).manifests).toEqual([pushed.descriptor])
  })

  test("no referrers, an unknown digest and an unknown repository are 200 with an empty index, never 404", async () => {
    const of = await freshSubject()
    expect((await listReferrers(of.digest)).manifests).toEqual([])
    expect((await listReferrers(unknownDigest())).manifests).toEqual([])
    expect((await listReferrers(unknownDigest("sha512"))).manifests).toEqual([])
    expect((await listReferrers(unknownDigest(), freshRepository("missing"))).manifests).toEqual([])
  })

  test("referrers belong to their repository", async () => {
    const other = freshRepository("referrers")
    await pushManifest(registry, other, indexManifest([], { subject }))
    expect((await listReferrers(subject.digest, other)).manifests).toHaveLength(1)
    const here = (await listReferrers(subject.digest)).manifests
    expect(here.every(({ mediaType }) => mediaType === OCI_IMAGE)).toBe(true)
  })

  test.each(["sha256:abc", "nonsense", `md5:${"a".repeat(32)}`])("a digest that is none is 400: %s", async (digest) => {
    await expectError(await registry.send("GET", `/v2/${repository}/referrers/${digest}`), 400, "DIGEST_INVALID")
  })

  test("HEAD of the list has its headers and no body", async () => {
    const response = await registry.send("HEAD", `/v2/${repository}/referrers/${subject.digest}`)
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe(OCI_INDEX)
    expect(await response.text()).toBe("")
  })
})
