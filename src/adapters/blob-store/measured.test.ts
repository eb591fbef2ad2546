import { expect, test } from "bun:test"
import type { Metrics } from "../../ports/metrics.ts"
import { createMemoryBlobStore } from "./memory/memory.ts"
import { measureBlobStore } from "./measured.ts"
import { describeBlobStore } from "../../ports/blob-store.contract.ts"

function createLedger() {
  const seen: string[] = []
  const nothing = () => () => () => undefined
  const metrics: Metrics = {
    createCounter: nothing,
    createGauge: nothing,
    createHistogram: () => (driver, action) => (seconds) => void seen.push(`${driver} ${action} ${seconds >= 0}`),
    createReadings: () => undefined,
    print: async () => ({ text: "", contentType: "" }),
  }
  return { seen, metrics }
}

describeBlobStore("measured", async () => {
  const store = measureBlobStore(createMemoryBlobStore(), "inmemory", createLedger().metrics)
  return { store, dispose: () => store.close() }
})

test("calls are measured under distribution's names, also those that fail", async () => {
  const { seen, metrics } = createLedger()
  const failing = { ...createMemoryBlobStore(), findUpload: () => Promise.reject(new Error("gone")) }
  const store = measureBlobStore(failing, "inmemory", metrics)
  await store.abort("none")
  expect(await store.findUpload("none", 0).catch(String)).toBe("Error: gone")
  expect(seen).toEqual(["inmemory Delete true", "inmemory Stat true"])
})
