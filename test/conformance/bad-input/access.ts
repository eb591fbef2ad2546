import { expect } from "bun:test"
import {
  createRegistry,
  expectError,
  freshRepository,
  headerOf,
  locationOf,
  withBasicAuth,
  type Registry,
} from "../client.ts"
import { digestOf, randomBytes, unknownDigest } from "../content.ts"
import { htpasswdLine, startProtected } from "../htpasswd.ts"
import { pushBlob, sendChunk, startUpload, withDigest } from "../push.ts"
import type { BadInput } from "./row.ts"

async function statusWith(registry: Registry, user: string, password: string): Promise<number> {
  return (await withBasicAuth(registry, user, password).send("GET", "/v2/")).status
}

/** The names of the headers and all that does not differ from one session to the next. */
async function describeAnswer(response: Response): Promise<object> {
  const names = [...response.headers.keys()].filter((name) => name !== "date").toSorted()
  return { status: response.status, names, body: await response.text() }
}

export const access: BadInput[] = [
  {
    id: "B40",
    input: "another user's upload, and one's own by way of another repository",
    check: async () => {
      await using server = await startProtected((await htpasswdLine("alice", "a")) + (await htpasswdLine("bob", "b")))
      const registry = createRegistry(server.berth.url)
      const [alice, bob] = [withBasicAuth(registry, "alice", "a"), withBasicAuth(registry, "bob", "b")]
      const content = randomBytes(100)
      const patched = await sendChunk(alice, await startUpload(alice, "team/app"), 0, content.slice(0, 50))
      const location = locationOf(patched)
      const attempts: [Registry, string][] = [
        [bob, location],
        [alice, location.replace("/team/app/", "/team/other/")],
      ]
      for (const [caller, target] of attempts) {
        await expectError(await caller.send("GET", target), 404, "BLOB_UPLOAD_UNKNOWN")
        await expectError(await sendChunk(caller, target, 50, content.slice(50)), 404, "BLOB_UPLOAD_UNKNOWN")
        await expectError(await caller.send("PUT", withDigest(target, unknownDigest())), 404, "BLOB_UPLOAD_UNKNOWN")
        await expectError(await caller.send("DELETE", target), 404, "BLOB_UPLOAD_UNKNOWN")
      }
      const rest = await sendChunk(alice, location, 50, content.slice(50))
      const closing = await alice.send("PUT", withDigest(locationOf(rest), digestOf(content)))
      expect(closing.status).toBe(201)
    },
  },
  {
    id: "B50",
    input: "mounts of what is not there, or not to be read, cannot be told apart",
    check: async (registry) => {
      const source = freshRepository("mount-source")
      await pushBlob(registry, source, randomBytes(10))
      const queries = [`&from=${source}`, `&from=${freshRepository("missing")}`, "&from=Not/A/Name", "&from=", ""]
      const answers = await Promise.all(
        queries.map(async (from) => {
          const path = `/v2/${freshRepository("mount")}/blobs/uploads/?mount=${unknownDigest()}${from}`
          return describeAnswer(await registry.send("POST", path))
        }),
      )
      for (const answer of answers) expect(answer).toEqual({ ...answers[0], status: 202, body: "" })
    },
  },
  {
    id: "B60",
    input: "no credentials, wrong ones and malformed ones",
    check: async () => {
      await using server = await startProtected(await htpasswdLine("alice", "secret"))
      const registry = createRegistry(server.berth.url)
      const headers = [
        "",
        "Basic",
        "Basic !!!",
        `Basic ${btoa("alice")}`,
        `Basic ${btoa("alice:wrong")}`,
        `Basic ${btoa(":")}`,
        "Bearer x",
      ]
      for (const authorization of headers) {
        for (const path of ["/v2/", "/v2/a/manifests/latest", "/v2/_catalog", "/v2/a/tags/list"]) {
          const response = await registry.send("GET", path, authorization === "" ? {} : { headers: { authorization } })
          expect(headerOf(response, "www-authenticate")).toMatch(/^Basic realm="Registry"/)
          await expectError(response, 401, "UNAUTHORIZED")
        }
      }
      expect(await statusWith(registry, "alice", "secret")).toBe(200)
    },
  },
  {
    id: "B61",
    input: "Host and X-Forwarded headers from a peer that nobody trusts",
    check: async (registry) => {
      const headers = {
        host: "evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "x-forwarded-user": "alice",
        forwarded: "host=evil.example;proto=https",
      }
      const opened = await registry.send("POST", `/v2/${freshRepository("evil")}/blobs/uploads/`, { headers })
      expect(locationOf(opened)).toStartWith("/v2/")
      await using server = await startProtected(await htpasswdLine("alice", "secret"))
      const refused = await createRegistry(server.berth.url).send("GET", "/v2/", { headers })
      expect(headerOf(refused, "www-authenticate")).not.toContain("evil")
      await expectError(refused, 401, "UNAUTHORIZED")
    },
  },
  {
    id: "B69",
    waits: true,
    input: "htpasswd entries that are not bcrypt, and a file written by half",
    check: async () => {
      const alice = await htpasswdLine("alice", "secret")
      const weak = [
        "md5:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/",
        "sha:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
        "crypt:rqXexS6ZhobKA",
        "plain:secret",
      ]
      await using server = await startProtected(`${weak.join("\n")}\n${alice}`)
      const registry = createRegistry(server.berth.url)
      expect(await statusWith(registry, "alice", "secret")).toBe(200)
      for (const user of ["md5", "sha", "crypt", "plain"]) {
        for (const password of ["password", "secret", "myPassword"])
          expect(await statusWith(registry, user, password)).toBe(401)
      }
      // Longer ago than any coarse time of a file, so that each change shows.
      await Bun.sleep(1100)
      server.write(alice.slice(0, 30))
      await Bun.sleep(1500)
      expect(await statusWith(registry, "alice", "secret")).toBe(200)
      server.write(await htpasswdLine("bob", "new"))
      for (let attempt = 0; (await statusWith(registry, "bob", "new")) !== 200; attempt++) {
        if (attempt > 50) throw new Error("the whole file was not read again")
        await Bun.sleep(100)
      }
      expect(await statusWith(registry, "alice", "secret")).toBe(401)
    },
  },
]
