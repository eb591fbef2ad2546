import type { Work } from "../bench.ts"
import { type LoadResult, type Load, runLoad } from "../clients/load.ts"
import { WRK, runWrk } from "../clients/wrk.ts"
import { runRounds } from "../rounds.ts"
import { createSampleImage, getManifestRequest, placeImage } from "./sample-image.ts"

const CONNECTIONS = 32
const WARM_UP_SECONDS = 1

/** Repeats one small request on many keep-alive connections. */
export function createRequests(name: "manifest-get" | "manifest-head" | "blob-head"): Work {
  const [what = "", method = ""] = name.toUpperCase().split("-")
  const label = `${what.toLowerCase()} ${method}${what === "BLOB" ? "" : " by tag"}, ${CONNECTIONS} connections`
  const rate = { name, label: `${label} (${getTool(method)})`, unit: "/s", isLowerBetter: false }
  const p50 = { name: `${name}-p50`, label: `${label}, p50`, unit: "ms", isLowerBetter: true, isDetail: true }
  const p99 = { name: `${name}-p99`, label: `${label}, p99`, unit: "ms", isLowerBetter: true, isDetail: true }
  return {
    name,
    metrics: [rate, p50, p99],
    run: async (bench) => {
      const image = createSampleImage()
      const blob = `/v2/${image.repository}/blobs/${image.layers[0]?.digest}`
      const request = what === "BLOB" ? { method, path: blob } : getManifestRequest(image, method)
      await runRounds(bench, {
        work: name,
        servers: bench.servers,
        prepare: (subject) => placeImage(subject, image),
        measure: async ({ running }) => {
          const load = { port: running.port, connections: CONNECTIONS, request }
          await repeatRequest({ ...load, seconds: WARM_UP_SECONDS })
          const result = await repeatRequest({ ...load, seconds: bench.sizes.requestSeconds })
          return { [rate.name]: result.requestsPerSecond, [p50.name]: result.p50Ms, [p99.name]: result.p99Ms }
        },
      })
    },
  }
}

/** Uses wrk for GET where it is installed: it costs less than the client written here. */
export function repeatRequest(load: Load): Promise<LoadResult> {
  return WRK !== null && load.request.method === "GET" ? runWrk(WRK, load) : runLoad(load)
}

export function getTool(method: string): string {
  return WRK !== null && method === "GET" ? "wrk" : "own client"
}
