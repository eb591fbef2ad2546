import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { freshRepository, startRegistry, type Registry } from "./client.ts"
import {
  bytesOf,
  EMPTY_DESCRIPTOR,
  imageManifest,
  indexManifest,
  OCI_INDEX,
  type Descriptor,
  type IndexManifest,
} from "./content.ts"
import { pushBlob, pushImage, pushManifest } from "./push.ts"

const SBOM = "application/vnd.example.sbom+json"
const repository = freshRepository("referrers-filter")
let registry: Registry
let subject: Descriptor
let sboms: string[]
beforeAll(async () => {
  registry = await startRegistry()
  subject = (await pushImage(registry, repository)).descriptor
  await pushBlob(registry, repository, bytesOf("{}"))
  sboms = [await pushReferrer(SBOM, "1"), await pushReferrer(SBOM, "2")]
  await pushReferrer("application/vnd.example.signature", "3")
  await pushManifest(registry, repository, indexManifest([], { subject }))
  await pushManifest(
    registry,
    repository,
    imageManifest({ ...EMPTY_DESCRIPTOR, mediaType: "x/config" }, [], { subject }),
  )
})
afterAll(() => registry.stop())

async function pushReferrer(artifactType: string, name: string): Promise<string> {
  const manifest = imageManifest(EMPTY_DESCRIPTOR, [], { artifactType, subject, annotations: { name } })
  return (await pushManifest(registry, repository, manifest)).digest
}

async function filter(artifactType: string): Promise<{ manifests: Descriptor[]; applied: string | null }> {
  const query = `?artifactType=${encodeURIComponent(artifactType)}`
  const response = await registry.send("GET", `/v2/${repository}/referrers/${subject.digest}${query}`)
  expect(response.status).toBe(200)
  expect(response.headers.get("content-type")).toBe(OCI_INDEX)
  const { manifests } = (await response.json()) as IndexManifest
  return { manifests, applied: response.headers.get("oci-filters-applied") }
}

describe("distribution-spec, Listing Referrers: filter on artifactType (end-12b)", () => {
  test("the filtered list holds just that type and says so in OCI-Filters-Applied", async () => {
    const { manifests, applied } = await filter(SBOM)
    expect(applied).toBe("artifactType")
    expect(manifests.map(({ digest }) => digest).toSorted()).toEqual(sboms.toSorted())
    expect(manifests.every(({ artifactType }) => artifactType === SBOM)).toBe(true)
  })

  test("the filter looks at the type of the config where there is no artifactType", async () => {
    expect((await filter("x/config")).manifests).toHaveLength(1)
  })

  test("a filter that nothing meets is 200 with an empty list", async () => {
    expect(await filter("application/vnd.example.nothing")).toEqual({ manifests: [], applied: "artifactType" })
  })

  test("a list that was not filtered does not claim to be", async () => {
    const response = await registry.send("GET", `/v2/${repository}/referrers/${subject.digest}`)
    expect(response.headers.get("oci-filters-applied")).toBeNull()
    expect(((await response.json()) as IndexManifest).manifests).toHaveLength(5)
  })
})

describe("distribution-spec, Listing Referrers: pages", () => {
  test("following Link, every referrer is listed once", async () => {
    const of = (await pushImage(registry, repository)).descriptor
    const pushed = await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        pushManifest(registry, repository, indexManifest([], { subject: of, annotations: { n: String(index) } })),
      ),
    )
    expect((await readPages(of)).flat().toSorted()).toEqual(pushed.map(({ digest }) => digest).toSorted())
  })

  test("a page of long annotations ends before it is much longer than a manifest may be", async () => {
    const of = (await pushImage(registry, repository)).descriptor
    const pushed: string[] = []
    for (const letter of ["a", "b", "c"]) {
      const annotations = { text: letter.repeat(1_500_000) }
      pushed.push((await pushManifest(registry, repository, indexManifest([], { subject: of, annotations }))).digest)
    }
    const pages = await readPages(of)
    expect(pages.map(({ length }) => length)).toEqual([2, 1])
    expect(pages.flat()).toEqual(pushed.toSorted())
  })
})

async function readPages(of: Descriptor): Promise<string[][]> {
  const pages: string[][] = []
  let next: string | undefined = `/v2/${repository}/referrers/${of.digest}`
  while (next !== undefined && pages.length < 200) {
    const response: Response = await registry.send("GET", next)
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe(OCI_INDEX)
    pages.push(((await response.json()) as IndexManifest).manifests.map(({ digest }) => digest))
    next = /^<([^>]+)>; *rel="next"$/.exec(response.headers.get("link") ?? "")?.[1]
  }
  return pages
}
