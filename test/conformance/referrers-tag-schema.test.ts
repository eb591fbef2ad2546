import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { bytesIn, freshRepository, startRegistry, type Registry } from "./client.ts"
import { indexManifest, OCI_INDEX, type Descriptor, type IndexManifest } from "./content.ts"
import { pushImage, pushManifest } from "./push.ts"

const repository = freshRepository("referrers-tag")
let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.stop())

/** Algorithm to 32 characters, encoded part to 64, whatever is no character of a tag as `-`. */
function referrersTag(digest: string): string {
  const [algorithm = "", encoded = ""] = digest.split(":")
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`.replace(/[^a-zA-Z0-9._-]/g, "-")
}

async function referrersOf(digest: string): Promise<Descriptor[]> {
  const response = await registry.send("GET", `/v2/${repository}/referrers/${digest}`)
  return ((await response.json()) as IndexManifest).manifests
}

describe("distribution-spec, Referrers Tag Schema", () => {
  test.each(["sha256", "sha512"] as const)(
    "a client's own list is kept and served under its tag (%s)",
    async (algorithm) => {
      const subject = (await pushImage(registry, repository, { algorithm })).descriptor
      const referrer = await pushManifest(registry, repository, indexManifest([], { subject }))
      const list = await pushManifest(registry, repository, indexManifest([referrer.descriptor]), {
        tag: referrersTag(subject.digest),
      })
      const path = `/v2/${repository}/manifests/${referrersTag(subject.digest)}`
      const pulled = await registry.send("GET", path, { headers: { accept: OCI_INDEX } })
      expect(await bytesIn(pulled)).toEqual(list.bytes)
    },
  )

  test("an entry both in such a list and known by its subject is listed once", async () => {
    const subject = (await pushImage(registry, repository)).descriptor
    const referrer = await pushManifest(registry, repository, indexManifest([], { subject, artifactType: "a/b" }))
    await pushManifest(registry, repository, indexManifest([{ ...referrer.descriptor, artifactType: "a/b" }]), {
      tag: referrersTag(subject.digest),
    })
    expect((await referrersOf(subject.digest)).map(({ digest }) => digest)).toEqual([referrer.digest])
  })

  test("an entry of such a list whose manifest has no such subject is not listed", async () => {
    const subject = (await pushImage(registry, repository)).descriptor
    const stranger = (await pushImage(registry, repository)).descriptor
    await pushManifest(registry, repository, indexManifest([stranger]), { tag: referrersTag(subject.digest) })
    expect(await referrersOf(subject.digest)).toEqual([])
  })

  test("an entry of such a list whose manifest is deleted is not listed any more", async () => {
    const subject = (await pushImage(registry, repository)).descriptor
    const referrer = await pushManifest(registry, repository, indexManifest([], { subject }))
    await pushManifest(registry, repository, indexManifest([referrer.descriptor]), {
      tag: referrersTag(subject.digest),
    })
    await registry.send("DELETE", `/v2/${repository}/manifests/${referrer.digest}`)
    expect(await referrersOf(subject.digest)).toEqual([])
  })

  test("deleting the tag leaves the referrers", async () => {
    const subject = (await pushImage(registry, repository)).descriptor
    const referrer = await pushManifest(registry, repository, indexManifest([], { subject }))
    const tag = referrersTag(subject.digest)
    await pushManifest(registry, repository, indexManifest([referrer.descriptor]), { tag })
    expect((await registry.send("DELETE", `/v2/${repository}/manifests/${tag}`)).status).toBe(202)
    expect(await referrersOf(subject.digest)).toEqual([referrer.descriptor])
  })
})
