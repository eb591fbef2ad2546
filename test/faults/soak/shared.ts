import { contentBytes, digestOf } from "../content.ts"
import { newImage } from "../operations/manifests.ts"
import { SHARED } from "../operations/mount-blob.ts"
import { putManifest } from "../operations/push-manifest.ts"
import { upload } from "../operations/upload.ts"
import type { Turn } from "../turn.ts"

export const LARGE = "common/large"

/** The image whose layers every worker mounts, and one with a large layer, which slow readers read. Gives its digest. */
export async function pushShared(turnOf: (repository: string) => Turn, largeBytes: number): Promise<string> {
  const small = Array.from({ length: 8 }, (_, at) => ({ seed: 1000 + at, sizeBytes: 2000 * (at + 1) }))
  await pushOne(turnOf(SHARED), small)
  const [large = ""] = await pushOne(turnOf(LARGE), [{ seed: 1, sizeBytes: largeBytes }])
  return large
}

async function pushOne(turn: Turn, contents: readonly { seed: number; sizeBytes: number }[]): Promise<string[]> {
  const digests: string[] = []
  for (const content of contents) {
    const digest = digestOf(contentBytes(content))
    await upload(turn, digest, content, "one patch")
    digests.push(digest)
  }
  const manifest = newImage(turn, digests)
  await putManifest(turn, { kind: "put-manifest", digest: digestOf(manifest.text), manifest, tags: ["latest"] })
  return digests
}
