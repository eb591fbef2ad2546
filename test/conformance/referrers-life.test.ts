import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { freshRepository, startRegistry, type Registry } from "./client.ts"
import { indexManifest, type Descriptor, type IndexManifest } from "./content.ts"
import { pushImage, pushManifest } from "./push.ts"

const repository = freshRepository("referrers-life")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

async function freshSubject(): Promise<Descriptor> {
  return (await pushImage(registry, repository)).descriptor
}

async function listReferrers(digest: string): Promise<Descriptor[]> {
  const response = await registry.send("GET", `/v2/${repository}/referrers/${digest}`)
  expect(response.status).toBe(200)
  return ((await response.json()) as IndexManifest).manifests
}

describe("distribution-spec, Listing Referrers: as manifests come and go", () => {
  test("a manifest without a subject is no referrer, nor is the child of an index one", async () => {
    const of = await freshSubject()
    await pushManifest(registry, repository, indexManifest([of]))
    expect(await listReferrers(of.digest)).toEqual([])
  })

  test("a referrer pushed twice, by digest and by tag, is listed once", async () => {
    const of = await freshSubject()
    const index = indexManifest([], { subject: of })
    const pushed = await pushManifest(registry, repository, index)
    await pushManifest(registry, repository, index, { tag: "referrer" })
    expect(await listReferrers(of.digest)).toEqual([pushed.descriptor])
  })

  test("a referrer may have referrers", async () => {
    const of = await freshSubject()
    const first = await pushManifest(registry, repository, indexManifest([], { subject: of }))
    const second = await pushManifest(registry, repository, indexManifest([], { subject: first.descriptor }))
    expect(await listReferrers(first.digest)).toEqual([second.descriptor])
  })

  test("a referrer is gone from the list once it is deleted, and stays when its subject is", async () => {
    const of = await freshSubject()
    const kept = await pushManifest(registry, repository, indexManifest([], { subject: of }))
    const gone = await pushManifest(registry, repository, indexManifest([], { subject: of, annotations: { n: "2" } }))
    await registry.send("DELETE", `/v2/${repository}/manifests/${gone.digest}`)
    expect(await listReferrers(of.digest)).toEqual([kept.descriptor])
    await registry.send("DELETE", `/v2/${repository}/manifests/${of.digest}`)
    expect(await listReferrers(of.digest)).toEqual([kept.descriptor])
  })
})
