import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { type Bench, settle } from "../bench.ts"
import type { Server } from "../servers/server.ts"
import { blobPath } from "../stores/berth-store.ts"
import { writeDistributionStore } from "../stores/distribution-store.ts"
import { type Shape, getImage, listGarbage } from "../stores/images.ts"

/** `docker-registry garbage-collect` on a tree of this shape; nobody may push meanwhile. Gives values by metric. */
export async function collectOffline(bench: Bench, server: Server, shape: Shape): Promise<Record<string, number>> {
  const directory = join(bench.scratch, `gc-${server.name}`)
  const root = join(directory, "root")
  mkdirSync(root, { recursive: true })
  bench.progress(`writing ${shape.blobs} blobs as distribution does`)
  writeDistributionStore(root, shape)
  await settle(bench)
  const [program = "", , config = ""] = server.configure({ directory, root, port: 0 })
  const startedAt = performance.now()
  const child = Bun.spawn([program, "garbage-collect", config], { stdout: "ignore", stderr: "ignore" })
  const code = await child.exited
  const seconds = (performance.now() - startedAt) / 1000
  if (code !== 0) throw new Error(`garbage-collect ended with ${code}`)
  checkCollected(root, shape)
  const memory = (child.resourceUsage()?.maxRSS ?? 0) / 2 ** 20
  return { "gc-rate": shape.garbage / seconds, "gc-memory": memory }
}

function checkCollected(root: string, shape: Shape): void {
  for (const { blob } of listGarbage(shape)) {
    if (existsSync(blobPath(root, blob.digest))) throw new Error(`${blob.digest} is garbage and is still there`)
  }
  const { config, layers } = getImage(0)
  for (const { digest } of [config, ...layers]) {
    if (!existsSync(blobPath(root, digest))) throw new Error(`${digest} is needed and is gone`)
  }
}
