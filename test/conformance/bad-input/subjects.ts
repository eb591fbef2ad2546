import { expect } from "bun:test"
import { expectError, freshRepository } from "../client.ts"
import {
  bytesOf,
  digestOf,
  EMPTY_DESCRIPTOR,
  imageManifest,
  indexManifest,
  OCI_IMAGE,
  OCI_INDEX,
  unknownDigest,
} from "../content.ts"
import { pushBlob, pushManifest, putManifest } from "../push.ts"
import type { BadInput } from "./row.ts"

export const subjects: BadInput[] = [
  {
    id: "B36",
    input: "a subject that is missing is taken, one that is malformed is not",
    check: async (registry) => {
      const repository = freshRepository("bad-subject")
      const subject = { mediaType: OCI_IMAGE, digest: unknownDigest(), size: 1 }
      const { response } = await pushManifest(registry, repository, indexManifest([], { subject }))
      expect(response.headers.get("oci-subject")).toBe(subject.digest)
      for (const bad of [
        "text",
        7,
        [],
        {},
        { ...subject, digest: "sha256:abc" },
        { ...subject, digest: 7 },
        { ...subject, size: -1 },
      ]) {
        const body = JSON.stringify(indexManifest([], { subject: bad }))
        await expectError(await putManifest(registry, `${repository}:bad`, body, OCI_INDEX), 400, "MANIFEST_INVALID")
      }
    },
  },
  {
    id: "B37",
    input: "urls in descriptors are stored and never fetched",
    check: async (registry) => {
      let hits = 0
      const inner = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(String(++hits)) })
      const repository = freshRepository("bad-urls")
      await pushBlob(registry, repository, bytesOf("{}"))
      const layer = {
        mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar",
        digest: digestOf("1"),
        size: 1,
        urls: [`http://127.0.0.1:${inner.port}/layer`, "http://169.254.169.254/latest/meta-data/"],
      }
      const manifest = imageManifest(EMPTY_DESCRIPTOR, [layer], { artifactType: "a/b" })
      await pushManifest(registry, repository, manifest, { tag: "v1" })
      expect(await (await registry.send("GET", `/v2/${repository}/manifests/v1`)).json()).toEqual(manifest)
      expect((await registry.send("GET", `/v2/${repository}/blobs/${layer.digest}`)).status).toBe(404)
      expect(hits).toBe(0)
      await inner.stop(true)
    },
  },
]
