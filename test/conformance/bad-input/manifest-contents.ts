import { expect } from "bun:test"
import { startBerth } from "../../support/berth.ts"
import { createRegistry, expectError } from "../client.ts"
import {
  digestOf,
  indexManifest,
  OCI_IMAGE,
  OCI_INDEX,
  toJsonBytes,
  unknownDigest,
  type Descriptor,
  type IndexManifest,
} from "../content.ts"
import { pushImage, pushManifest, putManifest } from "../push.ts"
import { artifact, expectInvalid, freshWithEmptyBlob } from "./artifacts.ts"
import type { BadInput } from "./row.ts"

/** Entries that differ and are as short as a descriptor can be. */
function manyDescriptors(count: number): Descriptor[] {
  return Array.from({ length: count }, (_, index) => ({ mediaType: "a/b", digest: digestOf(String(index)), size: 1 }))
}

export const manifestContents: BadInput[] = [
  {
    id: "B30",
    input: "50,000 layers or children",
    check: async (registry) => {
      await expectInvalid(registry, JSON.stringify(artifact({}, manyDescriptors(10_001))))
      await using berth = await startBerth({ config: { limits: { manifestbytes: 16 * 1024 * 1024 } } })
      const wide = createRegistry(berth.url)
      const bodies = [artifact({}, manyDescriptors(50_000)), indexManifest(manyDescriptors(50_000))].map(toJsonBytes)
      const start = performance.now()
      await expectInvalid(wide, bodies[0] ?? "")
      await expectInvalid(wide, bodies[1] ?? "", OCI_INDEX)
      expect(performance.now() - start).toBeLessThan(10_000)
    },
  },
  {
    id: "B32",
    input: "keys that name parts of JavaScript's objects, and lone surrogates",
    check: async (registry) => {
      const repository = await freshWithEmptyBlob(registry)
      const { descriptor } = await pushImage(registry, repository)
      const odd = String.raw`{"__proto__":"p","constructor":"c","toString":"t","lone":"\ud800"}`
      const text = JSON.stringify(artifact({ subject: descriptor, annotations: "ODD" })).replace('"ODD"', odd)
      const body = `${text.slice(0, -1)},"__proto__":{"polluted":true}}`
      expect((await putManifest(registry, `${repository}:odd`, body)).status).toBe(201)
      expect(await (await registry.send("GET", `/v2/${repository}/manifests/odd`)).text()).toBe(body)
      const list = await (await registry.send("GET", `/v2/${repository}/referrers/${descriptor.digest}`)).text()
      const [entry] = (JSON.parse(list) as IndexManifest).manifests
      expect(Object.entries(entry?.annotations ?? {})).toEqual(Object.entries(JSON.parse(odd) as object))
      // A polluted prototype would show in every object that the registry makes afterwards.
      expect(await (await registry.send("GET", `/v2/${repository}/tags/list`)).json()).toEqual({
        name: repository,
        tags: ["odd"],
      })
    },
  },
  {
    id: "B33",
    input: "markup in annotations comes back as it was",
    check: async (registry) => {
      const repository = await freshWithEmptyBlob(registry)
      const { descriptor } = await pushImage(registry, repository)
      const annotations = { "<script>": "<script>alert(1)</script>", url: "javascript:alert(1)", quote: `"'&\u2028` }
      const pushed = await pushManifest(registry, repository, artifact({ annotations, subject: descriptor }))
      const pulled = await registry.send("GET", `/v2/${repository}/manifests/${pushed.digest}`)
      expect(pulled.headers.get("content-type")).toBe(OCI_IMAGE)
      expect(await pulled.json()).toMatchObject({ annotations })
      const list = await registry.send("GET", `/v2/${repository}/referrers/${descriptor.digest}`)
      expect(((await list.json()) as IndexManifest).manifests[0]?.annotations).toEqual(annotations)
    },
  },
  {
    id: "B34",
    input: "a manifest whose layer is missing",
    check: async (registry) => {
      const repository = await freshWithEmptyBlob(registry)
      const body = toJsonBytes(artifact({}, [{ mediaType: "a/b", digest: unknownDigest(), size: 1 }]))
      await expectError(await putManifest(registry, `${repository}:v1`, body), 404, "MANIFEST_BLOB_UNKNOWN")
    },
  },
]
