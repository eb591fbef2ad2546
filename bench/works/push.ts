import { rmSync } from "node:fs"
import { join } from "node:path"
import { type Work, listRegistries } from "../bench.ts"
import { createBlobFiles } from "../clients/blob-file.ts"
import { pushBlobFile } from "../clients/push.ts"
import { runRounds } from "../rounds.ts"
import { type Sizes, formatMiB } from "../sizes.ts"

/** Uploads `count` new big blobs at once. */
export function createPush(sizes: Sizes, count: number): Work {
  const name = `push-${count}`
  const label = `push, ${count} × ${formatMiB(sizes.pushBytes)}`
  return {
    name,
    metrics: [{ name, label, unit: "MB/s", isLowerBetter: false }],
    run: async (bench) => {
      const blobs = createBlobFiles(join(bench.scratch, name), sizes.pushBytes, count)
      await runRounds(bench, {
        work: name,
        servers: listRegistries(bench),
        prepare: async () => undefined,
        measure: async ({ running: { port } }) => {
          for (const blob of blobs) blob.renew()
          const started = performance.now()
          await Promise.all(blobs.map((blob, index) => pushBlobFile({ port, repository: `bench/push-${index}` }, blob)))
          return { [name]: (sizes.pushBytes * count) / 1e3 / (performance.now() - started) }
        },
      })
      for (const { path } of blobs) rmSync(path)
    },
  }
}
