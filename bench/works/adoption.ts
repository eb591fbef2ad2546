import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { createDistributionTree, OCI_MANIFEST } from "../../test/support/distribution-tree.ts"
import { type Bench, type Work, attempt, recordAll } from "../bench.ts"
import { OURS } from "../comparison.ts"
import { readMemoryMiB } from "../servers/process-memory.ts"
import { startServer } from "../servers/running-server.ts"
import type { Sizes } from "../sizes.ts"

const NAME = "adoption"
const MOST_MINUTES = 8
const TAGS_OF_A_REPOSITORY = 10_000

interface AdoptionView {
  state: string
  report?: { counts: { tags: number }; seconds: number }
}

/** Berth takes over a directory in distribution's form with many tags, each with a manifest of its own. */
export function createAdoption(sizes: Sizes): Work {
  const metrics = [
    { name: NAME, label: `taking over ${sizes.tags / 1000}k tags of registry:2`, unit: "tags/s", isLowerBetter: false },
    { name: `${NAME}-memory`, label: "memory meanwhile, at most", unit: "MiB", isLowerBetter: true },
  ]
  const run = async (bench: Bench) => {
    const server = bench.servers.find(({ name }) => name === OURS)
    if (server === undefined) return
    await attempt(bench, NAME, server, async () => {
      const directory = join(bench.scratch, NAME)
      const root = join(directory, "root")
      mkdirSync(root, { recursive: true })
      bench.progress(`writing ${sizes.tags} tags as distribution does`)
      writeTags(root, sizes.tags)
      const running = await startServer(server, { directory, root })
      try {
        const seconds = await waitForEnd(root, sizes.tags)
        const memory = readMemoryMiB(running.pid, "VmHWM")
        recordAll(bench, server, { [NAME]: sizes.tags / seconds, [`${NAME}-memory`]: memory })
      } finally {
        await running.stop()
      }
    })
  }
  return { name: NAME, metrics, run }
}

/** One image's blobs, and as many manifests as tags. */
function writeTags(root: string, count: number): void {
  const tree = createDistributionTree(root)
  const [config, layer] = ["{}", "layer"].map((text) => ({ digest: tree.putBlob(text), size: text.length }))
  if (config === undefined || layer === undefined) return
  for (let index = 0; index < count; index++) {
    const repository = `team/app-${Math.floor(index / TAGS_OF_A_REPOSITORY)}`
    if (index % TAGS_OF_A_REPOSITORY === 0) for (const { digest } of [config, layer]) tree.link(repository, digest)
    const digest = tree.putManifest(repository, {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", ...layer }],
      annotations: { build: String(index) },
    })
    tree.tag(repository, `build-${index}`, digest)
  }
}

/** Gives how long the run took. */
async function waitForEnd(root: string, tags: number): Promise<number> {
  for (const giveUpAt = Date.now() + MOST_MINUTES * 60_000; Date.now() < giveUpAt; await Bun.sleep(100)) {
    const unix = join(root, "berth", "control.sock")
    // The socket is there a moment after the port.
    const answer = await fetch("http://berth/api/v1/adoption", { unix }).catch(() => undefined)
    const { state, report } = ((await answer?.json()) ?? {}) as Partial<AdoptionView>
    if (state !== "idle" || report === undefined) continue
    if (report.counts.tags !== tags) throw new Error(`${report.counts.tags} tags of ${tags} were taken over`)
    return report.seconds
  }
  throw new Error(`it took more than ${MOST_MINUTES} minutes`)
}
