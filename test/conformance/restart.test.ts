import { afterAll, describe, expect, test } from "bun:test"
import { startBerth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"
import { bytesIn, createRegistry, expectError, headerOf, locationOf } from "./client.ts"
import { digestOf, indexManifest, randomBytes, type IndexManifest } from "./content.ts"
import { pushImage, pushManifest, sendChunk, startUpload, withDigest } from "./push.ts"

const scratch = createScratch("berth-restart")
afterAll(() => scratch[Symbol.dispose]())

const storage = { filesystem: { rootdirectory: scratch.path }, delete: { enabled: true } }

describe("Berth: what outlives a restart", () => {
  test("manifests, tags, blobs and referrers, and an upload goes on where it was", async () => {
    const content = randomBytes(3000)
    const first = await startBerth({ root: scratch.path })
    const before = createRegistry(first.url)
    const image = await pushImage(before, "kept", { tag: "v1" })
    const referrer = await pushManifest(before, "kept", indexManifest([], { subject: image.descriptor }))
    const patched = await sendChunk(before, await startUpload(before, "kept"), 0, content.slice(0, 2000))
    const location = locationOf(patched)
    await first.stop()

    await using second = await startBerth({ root: scratch.path })
    const after = createRegistry(second.url)
    for (const reference of ["v1", image.digest]) {
      expect(await bytesIn(await after.send("GET", `/v2/kept/manifests/${reference}`))).toEqual(image.bytes)
    }
    expect(await bytesIn(await after.send("GET", `/v2/kept/blobs/${digestOf(image.layer)}`))).toEqual(image.layer)
    const list = await after.send("GET", `/v2/kept/referrers/${image.digest}`)
    expect(((await list.json()) as IndexManifest).manifests).toEqual([referrer.descriptor])

    const status = await after.send("GET", location)
    expect(headerOf(status, "range")).toBe("0-1999")
    const rest = await sendChunk(after, locationOf(status), 2000, content.slice(2000))
    const closing = await after.send("PUT", withDigest(locationOf(rest), digestOf(content)))
    expect(closing.status).toBe(201)
    expect(await bytesIn(await after.send("GET", locationOf(closing)))).toEqual(content)
  })
})

describe("distribution, storage.maintenance.readonly", () => {
  test("reading works, every method that writes is 405", async () => {
    const maintenance = { readonly: { enabled: true } }
    await using berth = await startBerth({ root: scratch.path, config: { storage: { ...storage, maintenance } } })
    const registry = createRegistry(berth.url)
    expect((await registry.send("GET", "/v2/kept/manifests/v1")).status).toBe(200)
    const writes: [string, string][] = [
      ["POST", "/v2/kept/blobs/uploads/"],
      ["PUT", "/v2/kept/manifests/v2"],
      ["DELETE", "/v2/kept/manifests/v1"],
      ["DELETE", `/v2/kept/blobs/${digestOf("x")}`],
      ["PATCH", `/v2/kept/blobs/uploads/${crypto.randomUUID()}`],
    ]
    for (const [method, path] of writes) await expectError(await registry.send(method, path), 405, "UNSUPPORTED")
  })
})
