import { createClient, type Client, type Reply } from "../client.ts"
import type { Call } from "./call.ts"
import { scene } from "./scene.ts"

/** Makes calls of a real server; the repositories' names begin with `prefix`. */
export function createHttpCaller(url: string, prefix: string): (call: Call) => Promise<string> {
  const client = createClient(url)
  return async (call) => {
    const path = `/v2/${prefix}/${call.repository}`
    switch (call.verb) {
      case "put": {
        const { bytes, digest, mediaType } = scene.manifestOf(call.manifest)
        const headers = { "Content-Type": mediaType }
        const target = `${path}/manifests/${call.tag ?? digest}`
        return outcomeOf(await client.send({ method: "PUT", path: target, headers, body: bytes }), 201)
      }
      case "resolve": {
        const reply = await client.send({ method: "GET", path: `${path}/manifests/${call.tag}`, headers: ACCEPT })
        if (reply.status === 404) return "TAG_UNKNOWN"
        const digest = reply.headers.get("Docker-Content-Digest") ?? ""
        return reply.status === 200 ? `ok ${scene.nameOf(digest)}` : String(reply.status)
      }
      case "untag":
        return absentAs(
          "TAG_UNKNOWN",
          await client.send({ method: "DELETE", path: `${path}/manifests/${call.tag}` }),
          202,
        )
      case "delete":
      case "pull": {
        const target = `${path}/manifests/${scene.manifestOf(call.manifest).digest}`
        const request = { method: call.verb === "pull" ? "GET" : "DELETE", path: target, headers: ACCEPT }
        return absentAs("MANIFEST_UNKNOWN", await client.send(request), call.verb === "pull" ? 200 : 202)
      }
      case "list": {
        const reply = await client.send({ method: "GET", path: `${path}/tags/list` })
        if (reply.status !== 200) return absentAs("NAME_UNKNOWN", reply, 200)
        return `ok ${(JSON.parse(new TextDecoder().decode(reply.body)) as { tags: string[] }).tags.join()}`
      }
      case "push":
        return pushBlob(client, path, call.blob)
      case "head":
      case "get":
      case "unlink":
      case "mount":
      case "referrers":
      case "drop":
      case "purge":
      case "then":
      case "restoreTag":
      case "restoreManifest":
      case "restoreRepository":
        throw new Error(`${call.verb} is not made over HTTP here`)
    }
  }
}

const ACCEPT = { Accept: "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json" }

async function pushBlob(client: Client, path: string, blob: string): Promise<string> {
  const { digest, bytes } = scene.blobOf(blob)
  const target = `${path}/blobs/uploads/?digest=${digest}`
  const headers = { "Content-Type": "application/octet-stream" }
  return outcomeOf(await client.send({ method: "POST", path: target, headers, body: bytes }), 201)
}

function absentAs(code: string, reply: Reply, due: number): string {
  return reply.status === 404 ? code : outcomeOf(reply, due)
}

function outcomeOf({ status, body }: Reply, due: number): string {
  return status === due ? "ok" : `${status} ${new TextDecoder().decode(body.subarray(0, 200))}`
}
