import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { type Connection, withConnection } from "../clients/connection.ts"
import { type Image, MANIFEST_TYPE, createImage, pullImage, pushImage } from "../clients/image.ts"
import type { Subject } from "../rounds.ts"

/** The image whose manifest and blobs are asked for again and again: six layers, a manifest of about 1.5 KB. */
export function createSampleImage(): Image {
  return createImage("bench/sample", "latest", [4096, 4096, 4096, 4096, 4096, 4096])
}

/** Pushes the image, or puts it as static files; then checks that every byte of it is served. */
export async function placeImage({ server, running }: Subject, image: Image): Promise<void> {
  if (!server.isRegistry) writeFiles(running.root, image)
  await withConnection(running.port, async (connection: Connection) => {
    if (server.isRegistry) await pushImage(connection, image)
    await pullImage(connection, image)
  })
}

export function getManifestRequest(image: Image, method: string) {
  const path = `/v2/${image.repository}/manifests/${image.tag}`
  return { method, path, headers: { Accept: MANIFEST_TYPE } }
}

function writeFiles(root: string, image: Image): void {
  const write = (path: string, bytes: Uint8Array) => {
    const file = join(root, "v2", image.repository, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
  write(`manifests/${image.tag}`, image.manifest)
  for (const blob of [image.config, ...image.layers]) write(`blobs/${blob.digest}`, blob.bytes)
}
