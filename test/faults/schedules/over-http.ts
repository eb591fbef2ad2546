import type { Berth } from "../../support/berth.ts"
import { createClient, type Client, type Reply, type Request } from "../client.ts"
import type { Call } from "./call.ts"
import { command } from "./over-socket.ts"
import { scene } from "./scene.ts"
import { sha256 } from "./world.ts"

/** Makes calls of a real server; the repositories' names begin with `prefix`. */
export function createHttpCaller({ url, root }: Berth, prefix: string): (call: Call) => Promise<string> {
  const client = createClient(url)
  return async (call) => {
    const repository = `${prefix}/${call.repository}`
    const path = `/v2/${repository}`
    switch (call.verb) {
      case "push": {
        const { digest, bytes } = scene.blobOf(call.blob)
        const target = `${path}/blobs/uploads/?digest=${digest}`
        const headers = { "Content-Type": "application/octet-stream" }
        return ask(client, { method: "POST", path: target, headers, body: bytes }, { due: 201 })
      }
      case "head":
      case "unlink": {
        const method = call.verb === "head" ? "HEAD" : "DELETE"
        const target = `${path}/blobs/${scene.blobOf(call.blob).digest}`
        return ask(client, { method, path: target }, { due: method === "HEAD" ? 200 : 202, absent: "BLOB_UNKNOWN" })
      }
      case "get":
        return getBytes(client, `${path}/blobs`, scene.blobOf(call.blob), "BLOB_UNKNOWN")
      case "mount":
        return mount(client, path, { digest: scene.blobOf(call.blob).digest, from: `${prefix}/${call.from}` })
      case "put": {
        const { bytes, digest, mediaType } = scene.manifestOf(call.manifest)
        const headers = { "Content-Type": mediaType }
        const target = `${path}/manifests/${call.tag ?? digest}`
        const expected = { due: 201, absent: "MANIFEST_REFERENCE_UNKNOWN" }
        return ask(client, { method: "PUT", path: target, headers, body: bytes }, expected)
      }
      case "resolve": {
        const reply = await client.send({ method: "GET", path: `${path}/manifests/${call.tag}`, headers: ACCEPT })
        const digest = reply.headers.get("Docker-Content-Digest") ?? ""
        const outcome = outcomeOf(reply, { due: 200, absent: "TAG_UNKNOWN" })
        return outcome === "ok" ? `ok ${scene.nameOf(digest)}` : outcome
      }
      case "untag":
        return ask(
          client,
          { method: "DELETE", path: `${path}/manifests/${call.tag}` },
          { due: 202, absent: "TAG_UNKNOWN" },
        )
      case "delete": {
        const target = `${path}/manifests/${scene.manifestOf(call.manifest).digest}`
        return ask(client, { method: "DELETE", path: target }, { due: 202, absent: "MANIFEST_UNKNOWN" })
      }
      case "pull":
        return getBytes(client, `${path}/manifests`, scene.manifestOf(call.manifest), "MANIFEST_UNKNOWN")
      case "list": {
        const reply = await client.send({ method: "GET", path: `${path}/tags/list` })
        const outcome = outcomeOf(reply, { due: 200, absent: "NAME_UNKNOWN" })
        return outcome === "ok" ? `ok ${(parse(reply) as { tags: string[] }).tags.join()}` : outcome
      }
      case "referrers": {
        const { digest } = scene.manifestOf(call.manifest)
        const reply = await client.send({ method: "GET", path: `${path}/referrers/${digest}` })
        const outcome = outcomeOf(reply, { due: 200 })
        if (outcome !== "ok") return outcome
        const { manifests } = parse(reply) as { manifests: { digest: string }[] }
        return `ok ${manifests.map((each) => scene.nameOf(each.digest)).join()}`
      }
      case "drop":
      case "purge":
      case "restoreTag":
      case "restoreManifest":
      case "restoreRepository":
        return command(root, repository, call)
      case "then":
        throw new Error("what a tag named then is not asked over HTTP here")
    }
  }
}

const ACCEPT = { Accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json" }

/** The statuses that are looked for; any other one is told as it is. */
interface Expected {
  due: number
  /** What a 404 means. */
  absent?: string
}

async function ask(client: Client, request: Request, expected: Expected): Promise<string> {
  return outcomeOf(await client.send(request), expected)
}

async function getBytes(client: Client, path: string, { digest }: { digest: string }, absent: string): Promise<string> {
  const reply = await client.send({ method: "GET", path: `${path}/${digest}`, headers: ACCEPT })
  const outcome = outcomeOf(reply, { due: 200, absent })
  return outcome === "ok" && sha256(reply.body) !== digest ? "the bytes are not those that were pushed" : outcome
}

async function mount(client: Client, path: string, blob: { digest: string; from: string }): Promise<string> {
  const target = `${path}/blobs/uploads/?mount=${blob.digest}&from=${blob.from}`
  const reply = await client.send({ method: "POST", path: target })
  if (reply.status !== 202) return outcomeOf(reply, { due: 201 })
  const upload = reply.headers.get("Location") ?? ""
  const outcome = await ask(client, { method: "DELETE", path: upload }, { due: 204 })
  return outcome === "ok" ? "upload" : outcome
}

function outcomeOf({ status, body }: Reply, { due, absent }: Expected): string {
  if (status === 404 && absent !== undefined) return absent
  return status === due ? "ok" : `${status} ${new TextDecoder().decode(body.subarray(0, 200))}`
}

function parse({ body }: Reply): unknown {
  return JSON.parse(new TextDecoder().decode(body))
}
