import { expect } from "bun:test"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { createSkopeo, trust } from "./support/containers-tools.ts"
import { startDockerRegistry } from "./support/docker-registry.ts"
import { listLayoutBlobs } from "./support/layout-content.ts"
import { requirePrograms } from "./support/programs.ts"
import { request } from "./support/registry-content.ts"
import type { Registry } from "./support/registry.ts"
import { createSampleImages } from "./support/sample-images.ts"
import { shareScratch } from "./support/share-in-file.ts"

const test = requirePrograms("docker-registry", "skopeo")
const scratch = shareScratch("adoption")
const images = createSampleImages(join(scratch, "images"))
const skopeo = createSkopeo(join(scratch, "skopeo"))

putImageWithHistory()

/** Schema 1 is made of the history, so the sample images cannot be turned into it. */
function putImageWithHistory(): void {
  const { layout } = images
  const { descriptor, diffId } = layout.putLayer([{ path: "etc/old", content: Buffer.from("old") }])
  const putJson = (mediaType: string, value: object) => layout.putBlob(mediaType, Buffer.from(JSON.stringify(value)))
  const config = putJson("application/vnd.oci.image.config.v1+json", {
    os: "linux",
    architecture: "amd64",
    config: {},
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created: "2020-01-01T00:00:00Z" }],
  })
  const mediaType = "application/vnd.oci.image.manifest.v1+json"
  layout.tag("old", putJson(mediaType, { schemaVersion: 2, mediaType, config, layers: [descriptor] }))
}

const copy = (r: Registry, from: string, to: string, ...options: string[]) =>
  skopeo.run([
    "copy",
    "--all",
    ...options,
    ...trust(r, "dest-"),
    `oci:${images.layout.path}:${from}`,
    `docker://${r.host}/${to}`,
  ])

async function pullAll(r: Registry, image: string): Promise<string[]> {
  const back = join(scratch, crypto.randomUUID())
  await skopeo.run(["copy", "--all", ...trust(r, "src-"), `docker://${r.host}/${image}`, `oci:${back}:back`])
  const blobs = listLayoutBlobs(back)
  rmSync(back, { recursive: true })
  return blobs
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(20)
}

interface AdoptionView {
  state: string
  report?: { counts: Record<string, number>; problems: Record<string, number> }
}

/** Waits for the end of the run that every start begins. */
async function readState(berth: Berth): Promise<AdoptionView> {
  let view: AdoptionView | undefined
  await until(async () => {
    const answer = await fetch("http://berth/api/v1/adoption", { unix: join(berth.root, "berth/control.sock") })
    view = (await answer.json()) as AdoptionView
    return view.state === "idle"
  })
  return view ?? { state: "unknown" }
}

test("what docker-registry has, Berth serves byte for byte from the same directory, right from its start", async () => {
  const root = join(scratch, "whole")
  const expected: Record<string, string[]> = {}
  {
    await using r = await startDockerRegistry(root)
    await copy(r, "multi", "team/multi:1")
    await copy(r, "app", "a/very/deep/name/of-an.image:latest")
    await copy(r, "big", "team/moved:1")
    await copy(r, "app", "team/moved:1")
    await copy(r, "app", "team/gone:1")
    const { digest } = images.app
    expect((await request(r, `/v2/team/gone/manifests/${digest}`, { method: "DELETE" })).status).toBe(202)
    await copy(r, "old", "team/old:1", "--format", "v2s1")
    for (const image of ["team/multi:1", "a/very/deep/name/of-an.image:latest", "team/moved:1"]) {
      expected[image] = await pullAll(r, image)
    }
  }
  await using berth = await startBerth({ root })
  for (const [image, blobs] of Object.entries(expected)) expect(await pullAll(berth, image)).toEqual(blobs)
  expect((await request(berth, "/v2/team/gone/manifests/1")).status).toBe(404)
  const old = await request(berth, "/v2/team/old/manifests/1")
  expect(old.headers.get("content-type")).toBe("application/vnd.docker.distribution.manifest.v1+json")
  expect(await old.json()).toMatchObject({ schemaVersion: 1, name: "team/old" })
  const { report } = await readState(berth)
  expect(report?.problems).toEqual({ "manifest-schema1": 1 })
  expect(report?.counts).toMatchObject({ repositories: 5, tags: 4 })
  const catalog = (await (await request(berth, "/v2/_catalog")).json()) as { repositories: string[] }
  expect(catalog.repositories).toEqual(["a/very/deep/name/of-an.image", "team/moved", "team/multi", "team/old"])
})
