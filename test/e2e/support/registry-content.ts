import { readAuthority } from "./certificates.ts"
import { sha256 } from "./content.ts"
import type { Descriptor } from "./image-layout.ts"
import type { Registry } from "./registry.ts"

interface Manifest {
  config?: Descriptor
  layers?: Descriptor[]
  manifests?: Descriptor[]
}

const TYPES = ["oci.image.manifest.v1", "oci.image.index.v1", "docker.distribution.manifest.v2"]
  .concat("docker.distribution.manifest.list.v2")
  .map((type) => `application/vnd.${type}+json`)
  .join(", ")

/** Makes a request of our own, with the registry's account and authority. */
export function request(registry: Registry, path: string, options: RequestInit = {}): Promise<Response> {
  const { account, certificates } = registry
  const headers = new Headers(options.headers)
  if (account !== undefined) headers.set("Authorization", `Basic ${btoa(`${account.user}:${account.password}`)}`)
  const tls = certificates === undefined ? {} : { tls: { ca: readAuthority(certificates) } }
  return fetch(`${registry.url}${path}`, { ...options, headers, ...tls })
}

/**
 * Downloads a manifest and all it names, children of an index too, and checks the bytes of each against its digest and
 * size. Gives the digests, sorted.
 */
export async function listRegistryBlobs(registry: Registry, repository: string, reference: string): Promise<string[]> {
  const found = new Set<string>()
  await visitManifest(reference)
  return [...found].toSorted((a, b) => a.localeCompare(b))

  async function visitManifest(reference: string): Promise<void> {
    const bytes = await download(`manifests/${reference}`, { Accept: TYPES })
    const digest = sha256(bytes)
    if (reference.includes(":") && digest !== reference) throw new Error(`${reference} came as ${digest}`)
    found.add(digest)
    const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest
    for (const child of manifest.manifests ?? []) await visitManifest(child.digest)
    for (const blob of [manifest.config ?? [], manifest.layers ?? []].flat()) await visitBlob(blob)
  }

  async function visitBlob({ digest, size }: Descriptor): Promise<void> {
    if (found.has(digest)) return
    const bytes = await download(`blobs/${digest}`)
    if (bytes.length !== size || sha256(bytes) !== digest) throw new Error(`${digest} came with other bytes`)
    found.add(digest)
  }

  async function download(path: string, headers: Record<string, string> = {}): Promise<Uint8Array> {
    const answer = await request(registry, `/v2/${repository}/${path}`, { headers })
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`)
    return answer.bytes()
  }
}

/** Of what the reference names there now. */
export async function findDigest(
  registry: Registry,
  repository: string,
  reference: string,
): Promise<string | undefined> {
  const path = `/v2/${repository}/manifests/${reference}`
  const answer = await request(registry, path, { method: "HEAD", headers: { Accept: TYPES } })
  return answer.headers.get("docker-content-digest") ?? undefined
}
