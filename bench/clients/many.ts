import { type Connection, openConnection } from "./connection.ts"
import { type Blob, MANIFEST_TYPE, createBlob, encodeJson, pushBlob } from "./image.ts"
import { expectStatus, getLocation } from "./push.ts"

const CONNECTIONS = 64
const BASE = "bench/many"

const CONFIG = createBlob(encodeJson({ architecture: "amd64", os: "linux" }))
const MANIFEST = createManifest(CONFIG)

export type Kind = "tags" | "repositories"

export interface Limit {
  count: number
  seconds: number
}

/** Gives the name of one of the tags or repositories; names sort as their numbers do. */
export function getName(kind: Kind, index: number): string {
  const number = String(index).padStart(6, "0")
  return kind === "tags" ? `t${number}` : `many/r${number}`
}

/** Gives the path of one page, beginning after the name with that number. */
export function getPagePath(kind: Kind, size: number, after: number): string {
  const list = kind === "tags" ? `${BASE}/tags/list` : "_catalog"
  return `/v2/${list}?n=${size}&last=${encodeURIComponent(getName(kind, after))}`
}

/** Puts one small manifest under many tags, or into many repositories, over HTTP. Gives how many there were time for. */
export async function pushMany(port: number, kind: Kind, limit: Limit): Promise<number> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(port)))
  const deadline = performance.now() + limit.seconds * 1000
  let next = 0
  try {
    const [first] = connections
    if (first === undefined) return 0
    const found = await first.request({ method: "HEAD", path: `/v2/${BASE}/blobs/${CONFIG.digest}` })
    if (found.status !== 200) await pushBlob(first, BASE, CONFIG)
    await Promise.all(
      connections.map(async (connection) => {
        while (next < limit.count && performance.now() < deadline) await pushOne(connection, kind, next++)
      }),
    )
    return next
  } finally {
    for (const connection of connections) connection.close()
  }
}

async function pushOne(connection: Connection, kind: Kind, index: number): Promise<void> {
  const name = getName(kind, index)
  if (kind === "repositories") await mountConfig(connection, name)
  const path = kind === "tags" ? `/v2/${BASE}/manifests/${name}` : `/v2/${name}/manifests/latest`
  const headers = { "Content-Type": MANIFEST_TYPE }
  await expectStatus(connection, 201, { method: "PUT", path, headers, body: MANIFEST })
}

// A server is free to answer a mount with an upload session: then the config is sent.
async function mountConfig(connection: Connection, repository: string): Promise<void> {
  const path = `/v2/${repository}/blobs/uploads/?mount=${CONFIG.digest}&from=${BASE}`
  const answer = await connection.request({ method: "POST", path })
  if (answer.status === 201) return
  const headers = { "Content-Type": "application/octet-stream" }
  const put = { method: "PUT", path: getLocation(answer, CONFIG.digest), headers, body: CONFIG.bytes }
  await expectStatus(connection, 201, put)
}

function createManifest(config: Blob): Uint8Array {
  const { digest, bytes } = config
  const described = { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: bytes.length }
  return encodeJson({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: described, layers: [] })
}
