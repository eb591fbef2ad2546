import { expect } from "bun:test"
import { expectError } from "../client.ts"
import { bytesIn } from "../client.ts"
import { OCI_IMAGE } from "../content.ts"
import { pushImage, putManifest } from "../push.ts"
import { requestText, sendRaw } from "../raw-socket.ts"
import { all, refuses, refusesRaw, type BadInput } from "./row.ts"

const BAD_TAGS = ["x".repeat(129), ".x", "-x", ""]

export const names: BadInput[] = [
  {
    id: "B01",
    input: "dot segments are normalised: what is authorised is the path that is served",
    check: refusesRaw(404, "", ["/v2/../../etc/passwd/manifests/x", "/v2/a/../../../etc/passwd"]),
  },
  {
    id: "B02",
    input: "escaped dot segments, escaped once and twice",
    check: all(
      refusesRaw(404, "", ["/v2/%2e%2e/%2e%2e/x/manifests/latest"]),
      refusesRaw(400, "NAME_INVALID", ["/v2/%252e%252e/%252e%252e/x/manifests/latest"]),
    ),
  },
  {
    id: "B04",
    input: "escaped slashes before a path of the file system",
    check: refusesRaw(404, "", ["/%2F%2F%2F..%2F..%2Fetc%2Fpasswd", "/..%2f..%2fetc%2fpasswd", "//etc/passwd"]),
  },
  {
    id: "B05",
    input: "names with upper case, empty components and separators out of place",
    check: all(
      refuses(
        400,
        "NAME_INVALID",
        ["Abc", "a//b", "a/", "a..b", "a___b", "-a", "a-", "a._b", "a/-b", "_a"].flatMap((name) => [
          ["GET", `/v2/${name}/manifests/latest`],
          ["GET", `/v2/${name}/tags/list`],
          ["POST", `/v2/${name}/blobs/uploads/`],
        ]),
      ),
      refusesRaw(404, "UNKNOWN", ["/v2/a\\b/manifests/latest"]),
    ),
  },
  {
    id: "B06",
    input: "a name of 256 characters; 255 work",
    check: all(refuses(400, "NAME_INVALID", [["GET", `/v2/${"a".repeat(256)}/manifests/latest`]]), async (registry) => {
      const repository = "a".repeat(255)
      const image = await pushImage(registry, repository, { tag: "v1" })
      const pulled = await registry.send("GET", `/v2/${repository}/manifests/v1`)
      expect(await bytesIn(pulled)).toEqual(image.bytes)
    }),
  },
  {
    id: "B08",
    input: "names with letters that look alike, overlong and broken UTF-8, NUL",
    check: refusesRaw(
      400,
      "NAME_INVALID",
      ["%D0%B0", "%EF%BD%81", "%c0%ae%c0%ae", "%ff", "a%00b", "%", "%zz", "a%0ab", "\u00e4"].map(
        (name) => `/v2/${name}/manifests/latest`,
      ),
    ),
  },
  {
    id: "B09",
    input: "repositories named like routes are read from the right",
    check: async (registry) => {
      for (const repository of ["x/manifests", "x/blobs/uploads", "x/tags/list", "x/manifests/sha256", "x/referrers"]) {
        const image = await pushImage(registry, repository, { tag: "v1" })
        const pulled = await registry.send("GET", `/v2/${repository}/manifests/v1`)
        expect(await bytesIn(pulled)).toEqual(image.bytes)
        const list = await registry.send("GET", `/v2/${repository}/tags/list`)
        expect(await list.json()).toEqual({ name: repository, tags: ["v1"] })
      }
    },
  },
  {
    id: "B10",
    input: "long names that make a backtracking pattern slow",
    check: async (registry) => {
      const start = performance.now()
      const slow = [`${"a".repeat(15_000)}A`, "a-".repeat(7000), `${"a/".repeat(7000)}A`]
      await refuses(
        400,
        "NAME_INVALID",
        slow.map((name) => ["GET", `/v2/${name}/manifests/latest`]),
      )(registry)
      expect(performance.now() - start).toBeLessThan(3000)
      const answer = await sendRaw(registry.url, requestText("GET", `/v2/${"a-".repeat(32_768)}/manifests/latest`))
      expect(answer.status).toBe(431)
    },
  },
  {
    id: "B11",
    input: "GET of a tag that cannot be one",
    check: refuses(
      404,
      "MANIFEST_UNKNOWN",
      BAD_TAGS.map((tag) => ["GET", `/v2/a/manifests/${tag}`]),
    ),
  },
  {
    id: "B12",
    input: "PUT of a manifest to a tag that cannot be one",
    check: async (registry) => {
      const image = await pushImage(registry, "bad-tags")
      for (const tag of BAD_TAGS) {
        const response = await putManifest(registry, `bad-tags:${tag}`, image.bytes, OCI_IMAGE)
        await expectError(response, 400, "MANIFEST_INVALID")
      }
    },
  },
  {
    id: "B14",
    input: "routes and methods that do not exist",
    check: async (registry) => {
      for (const path of ["/v2/x/unknown/thing", "/v2/x", "/v2/x/manifests", "/nothing"]) {
        expect((await registry.send("GET", path)).status).toBe(404)
      }
      for (const method of ["PURGE", "TRACE", "CONNECT", "PROPFIND"]) {
        const answer = await sendRaw(registry.url, requestText(method, "/v2/x/manifests/latest"))
        expect({ method, status: answer.status }).toEqual({ method, status: 405 })
      }
    },
  },
]
