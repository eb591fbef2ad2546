import { copyFileSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { type Bench, type Work, attempt } from "../bench.ts"
import { type BlobFile, createBlobFiles } from "../clients/blob-file.ts"
import { download, downloadDigest } from "../clients/curl.ts"
import { pushBlobFile } from "../clients/push.ts"
import { OURS } from "../comparison.ts"
import { runRounds } from "../rounds.ts"
import { startServer } from "../servers/running-server.ts"
import type { Server } from "../servers/server.ts"
import { withSettings } from "../servers/with-settings.ts"
import { type Sizes, formatMiB } from "../sizes.ts"

const REPOSITORY = "bench/blobs"

interface Filled {
  blobs: readonly BlobFile[]
  roots: Map<Server, string>
}

interface Pull {
  name: string
  how: string
  isTls?: boolean
  /** Of Berth alone: what it can do besides. */
  settings?: Record<string, string>
}

const PULLS: readonly Pull[] = [
  { name: "pull-plain", how: "plain" },
  { name: "pull-verified", how: "plain, with scrub.verifyreads", settings: { SCRUB_VERIFYREADS: "true" } },
  { name: "pull-tls", how: "over TLS", isTls: true },
]

/** Downloads big blobs at once; all of these works read the same data directories. */
export function createPulls(sizes: Sizes): Work[] {
  let filled: Filled | undefined
  return PULLS.map((pull) => {
    const { name, how } = pull
    const label = `pull ${how}, ${sizes.pullBlobs} × ${formatMiB(sizes.pullBytes)}`
    return {
      name,
      metrics: [{ name, label, unit: "GB/s", isLowerBetter: false }],
      run: async (bench) => {
        filled ??= await fill(bench, name)
        await measurePulls(bench, filled, pull)
      },
    }
  })
}

async function measurePulls(bench: Bench, { blobs, roots }: Filled, { name, isTls, settings }: Pull): Promise<void> {
  const certificate = isTls === true ? bench.certificate : undefined
  const rootOf = new Map(
    settings === undefined
      ? roots
      : [...roots]
          .filter(([{ name: of }]) => of === OURS)
          .map(([server, root]) => [withSettings(server, settings), root]),
  )
  await runRounds(bench, {
    work: name,
    servers: [...rootOf.keys()],
    start: (server) => ({ root: rootOf.get(server) ?? "", ...(certificate && { certificate }) }),
    prepare: async ({ running }) => {
      const urls = blobs.map((blob) => `${running.url}/v2/${REPOSITORY}/blobs/${blob.digest}`)
      const digest = await downloadDigest(urls[0] ?? "", certificate)
      if (digest !== blobs[0]?.digest) throw new Error(`the blob came with other bytes: ${digest}`)
      return urls.map((url, index) => ({ url, sizeBytes: blobs[index]?.sizeBytes ?? 0 }))
    },
    measure: async (_, transfers) => {
      // Once unmeasured: all read from the page cache, also where memory does not hold the data of every server.
      await download(transfers, certificate)
      const started = performance.now()
      await download(transfers, certificate)
      const bytes = transfers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      return { [name]: bytes / 1e6 / (performance.now() - started) }
    },
  })
}

async function fill(bench: Bench, work: string): Promise<Filled> {
  bench.progress(`${work}  filling`)
  const blobs = createBlobFiles(join(bench.scratch, "blob"), bench.sizes.pullBytes, bench.sizes.pullBlobs)
  const roots = new Map<Server, string>()
  for (const server of bench.servers) {
    const directory = join(bench.scratch, `blobs-${server.name}`)
    const root = join(directory, "root")
    mkdirSync(root, { recursive: true })
    const put = server.isRegistry ? pushAll : copyAll
    if (await attempt(bench, work, server, () => put(server, directory, blobs))) roots.set(server, root)
  }
  for (const { path } of blobs) rmSync(path)
  return { blobs, roots }
}

async function pushAll(server: Server, directory: string, blobs: readonly BlobFile[]): Promise<void> {
  const running = await startServer(server, { directory })
  try {
    for (const blob of blobs) await pushBlobFile({ port: running.port, repository: REPOSITORY }, blob)
  } finally {
    await running.stop()
  }
}

async function copyAll(_: Server, directory: string, blobs: readonly BlobFile[]): Promise<void> {
  const folder = join(directory, "root", "v2", REPOSITORY, "blobs")
  mkdirSync(folder, { recursive: true })
  for (const blob of blobs) copyFileSync(blob.path, join(folder, blob.digest))
}
