import type { BlobStore } from "../../ports/blob-store.ts"
import type { Metrics } from "../../ports/metrics.ts"

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * Measures a store's calls under distribution's names of them. Appending is not measured: it takes as long as the client
 * takes to send. `driver`: the store's name in the configuration.
 */
export function measureBlobStore(store: BlobStore, driver: string, metrics: Metrics): BlobStore {
  const seconds = metrics.createHistogram({
    name: "registry_storage_action_seconds",
    help: "The number of seconds that the storage action takes",
    labels: ["driver", "action"],
    buckets: SECONDS,
  })
  const measured =
    <Arguments extends unknown[], Result>(action: string, call: (...given: Arguments) => Promise<Result>) =>
    async (...given: Arguments): Promise<Result> => {
      const start = performance.now()
      try {
        return await call(...given)
      } finally {
        seconds(driver, action)((performance.now() - start) / 1000)
      }
    }
  return {
    ...store,
    open: measured("Reader", (key, range) => store.open(key, range)),
    findSize: measured("Stat", (key) => store.findSize(key)),
    findUpload: measured("Stat", (id, notedBytes) => store.findUpload(id, notedBytes)),
    complete: measured("Move", (id, key) => store.complete(id, key)),
    abort: measured("Delete", (id) => store.abort(id)),
    remove: measured("Delete", (key) => store.remove(key)),
    list: measured("List", (page) => store.list(page)),
    quarantine: measured("Move", (key) => store.quarantine(key)),
  }
}
