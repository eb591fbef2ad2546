import { rmSync } from "node:fs"
import { join } from "node:path"
import { type Work, listRegistries } from "../bench.ts"
import { type BlobFile, createBlobFiles } from "../clients/blob-file.ts"
import { pushBlobFile } from "../clients/push.ts"
import { runRounds } from "../rounds.ts"
import { type Sizes, formatMiB } from "../sizes.ts"
import { getTool, repeatRequest } from "./requests.ts"
import { createSampleImage, getManifestRequest, placeImage } from "./sample-image.ts"

const READERS = 4
const WRITERS = 4

/** Reads a manifest by tag for a fixed time while others push blobs in a loop. */
export function createManifestDuringPush(sizes: Sizes): Work {
  const name = "manifest-during-push"
  const label = `${READERS} × manifest GET during ${WRITERS} pushes`
  const seconds = sizes.pushLoopSeconds
  const p99 = { name: "during-push-p99", label: `${label}, p99`, unit: "ms", isLowerBetter: true }
  const rate = { name: "during-push-rate", label: `${label} (${getTool("GET")})`, unit: "/s", isLowerBetter: false }
  const pushed = `blobs of ${formatMiB(sizes.pushLoopBytes)} pushed meanwhile`
  const blobs = { name: "during-push-blobs", label: pushed, unit: `in ${seconds} s`, isLowerBetter: false }
  return {
    name,
    metrics: [p99, rate, blobs],
    run: async (bench) => {
      const files = createBlobFiles(join(bench.scratch, name), sizes.pushLoopBytes, WRITERS)
      const image = createSampleImage()
      await runRounds(bench, {
        work: name,
        servers: listRegistries(bench),
        prepare: (subject) => placeImage(subject, image),
        measure: async ({ running: { port } }) => {
          const deadline = performance.now() + seconds * 1000
          const request = getManifestRequest(image, "GET")
          const [result, ...counts] = await Promise.all([
            repeatRequest({ port, connections: READERS, seconds, request }),
            ...files.map((file, index) => pushUntil(port, `bench/push-${index}`, file, deadline)),
          ])
          const count = counts.reduce((sum, value) => sum + value, 0)
          return { [p99.name]: result.p99Ms, [rate.name]: result.requestsPerSecond, [blobs.name]: count }
        },
      })
      for (const { path } of files) rmSync(path)
    },
  }
}

/** Pushes new blobs until the deadline. Gives how many; of the last one only the part of its time before the deadline. */
async function pushUntil(port: number, repository: string, file: BlobFile, deadline: number): Promise<number> {
  for (let count = 0; ;) {
    file.renew()
    const started = performance.now()
    await pushBlobFile({ port, repository }, file)
    const ended = performance.now()
    if (ended >= deadline) return count + Math.max(0, deadline - started) / (ended - started)
    count++
  }
}
