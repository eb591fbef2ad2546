import { expect } from "bun:test"
import { bytesIn, expectError, freshRepository, locationOf } from "../client.ts"
import { bytesOf, digestOf, randomBytes, unknownDigest } from "../content.ts"
import { pushBlob, pushImage, putManifest, startUpload, withDigest } from "../push.ts"
import { all, refuses, refusesRaw, type BadInput } from "./row.ts"

const HEX = "a".repeat(64)

export const digests: BadInput[] = [
  {
    id: "B15",
    input: "digests too short, too long, in upper case, not hexadecimal",
    check: refuses(
      400,
      "DIGEST_INVALID",
      [
        "sha256:abc",
        `sha256:${HEX}a`,
        `sha256:${HEX.toUpperCase()}`,
        `sha256:${"g".repeat(64)}`,
        "sha256:",
        `:${HEX}`,
      ].flatMap((digest) => [
        ["GET", `/v2/a/blobs/${digest}`],
        ["GET", `/v2/a/manifests/${digest}`],
        ["GET", `/v2/a/referrers/${digest}`],
        ["DELETE", `/v2/a/manifests/${digest}`],
      ]),
    ),
  },
  {
    id: "B17",
    input: "digests with dot segments and slashes in them",
    check: refusesRaw(400, "DIGEST_INVALID", [
      "/v2/a/blobs/sha256:../../x",
      "/v2/a/blobs/sha256:..%2F..%2Fx",
      `/v2/a/blobs/sha256:%2F${"a".repeat(63)}`,
      `/v2/a/blobs/..%2Fsha256:${HEX}`,
    ]),
  },
  {
    id: "B18",
    input: "the closing PUT without a digest, or with two",
    check: async (registry) => {
      const content = randomBytes(100)
      const location = await startUpload(registry, freshRepository("bad-digest"))
      const two = `${withDigest(location, digestOf(content))}&digest=${unknownDigest()}`
      for (const target of [location, two]) {
        await expectError(await registry.send("PUT", target, { body: content }), 400, "DIGEST_INVALID")
      }
      expect((await registry.send("GET", location)).status).toBe(204)
    },
  },
  {
    id: "B19",
    input: "the closing PUT with a wrong digest",
    check: async (registry) => {
      const repository = freshRepository("bad-digest")
      const [content, claimed] = [randomBytes(100), unknownDigest()]
      const location = await startUpload(registry, repository)
      const response = await registry.send("PUT", withDigest(location, claimed), { body: content })
      await expectError(response, 400, "DIGEST_INVALID")
      for (const digest of [claimed, digestOf(content)]) {
        expect((await registry.send("HEAD", `/v2/${repository}/blobs/${digest}`)).status).toBe(404)
      }
    },
  },
  {
    id: "B20",
    input: "a manifest pushed to a digest that is not its own",
    check: async (registry) => {
      const repository = freshRepository("bad-digest")
      const { bytes } = await pushImage(registry, repository)
      for (const digest of [
        unknownDigest(),
        unknownDigest("sha512"),
        "sha256:baddigeststring",
        `md5:${"a".repeat(32)}`,
      ]) {
        await expectError(await putManifest(registry, `${repository}@${digest}`, bytes), 400, "DIGEST_INVALID")
      }
    },
  },
  {
    id: "B21",
    input: "sha512 is not bad: the same digest comes back",
    check: async (registry) => {
      const repository = freshRepository("bad-digest")
      const content = randomBytes(100)
      const digest = await pushBlob(registry, repository, content, "sha512")
      const blob = await registry.send("GET", `/v2/${repository}/blobs/${digest}`)
      expect(blob.headers.get("docker-content-digest")).toBe(digest)
      const image = await pushImage(registry, repository, { algorithm: "sha512" })
      const manifest = await registry.send("GET", locationOf(image.response))
      expect(manifest.headers.get("docker-content-digest")).toBe(image.digest)
      expect(await bytesIn(manifest)).toEqual(image.bytes)
    },
  },
  {
    id: "B48",
    input: "an empty blob with its own digest, and with another",
    check: all(
      async (registry) => {
        const repository = freshRepository("empty")
        const digest = await pushBlob(registry, repository, bytesOf(""))
        expect((await registry.send("HEAD", `/v2/${repository}/blobs/${digest}`)).headers.get("content-length")).toBe(
          "0",
        )
      },
      async (registry) => {
        const location = await startUpload(registry, freshRepository("empty"))
        const closing = await registry.send("PUT", withDigest(location, unknownDigest()))
        await expectError(closing, 400, "DIGEST_INVALID")
      },
    ),
  },
]
