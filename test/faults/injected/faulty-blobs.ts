import { RegistryError } from "../../../src/domain/errors.ts"
import type { BlobStore, OpenedBlob } from "../../../src/ports/blob-store.ts"
import { CODES, DELAY_MS, systemError, type Fault, type Faults } from "./faults.ts"

const CHANGE: readonly Fault[] = ["EIO", "ENOSPC", "EDQUOT", "lost reply", "delay"]
const LOOK: readonly Fault[] = ["EIO", "delay"]

/** A whole store with faults, as a store behind a network has them: for drivers that make no file calls. */
export function createFaultyBlobs(store: BlobStore, faults: Faults): BlobStore {
  async function inject<Result>(call: string, possible: readonly Fault[], run: () => Promise<Result>): Promise<Result> {
    const fault = faults.draw(`blobs.${call}`, possible)
    if (fault === "delay") await Bun.sleep(DELAY_MS)
    if (fault === undefined || fault === "delay") return run()
    if (fault === "lost reply") await run()
    throw storageError(fault, call)
  }

  const special: Pick<BlobStore, "open" | "read" | "append" | "close"> = {
    open: async (key, range) => {
      const fault = faults.draw("blobs.open", [...LOOK, "torn"])
      if (fault === "delay") await Bun.sleep(DELAY_MS)
      if (fault === "EIO") throw storageError(fault, "open")
      const opened = await store.open(key, range)
      return fault === "torn" ? cut(opened) : opened
    },
    read: async (key, maxBytes) => {
      const fault = faults.draw("blobs.read", [...LOOK, "wrong bytes"])
      if (fault === "delay") await Bun.sleep(DELAY_MS)
      if (fault === "EIO") throw storageError(fault, "read")
      const bytes = await store.read(key, maxBytes)
      return fault === "wrong bytes" ? bytes?.map((byte, at) => (at === 0 ? byte ^ 1 : byte)) : bytes
    },
    append: async (id, body, options) => {
      const fault = faults.draw("blobs.append", [...CHANGE, "torn"])
      if (fault === "delay") await Bun.sleep(DELAY_MS)
      if (fault === undefined || fault === "delay") return store.append(id, body, options)
      if (fault === "lost reply") await store.append(id, body, options)
      if (fault === "torn") await store.append(id, firstHalf(body), options)
      throw storageError(fault, "append")
    },
    close: () => store.close(),
  }

  /** All the others, those that come later among them. */
  return new Proxy(store, {
    get: (target, key) => {
      if (key in special) return Reflect.get(special, key)
      const method: unknown = Reflect.get(target, key)
      if (typeof method !== "function" || typeof key !== "string") return method
      return (...given: unknown[]) =>
        inject(key, LOOKS.test(key) ? LOOK : CHANGE, (): Promise<unknown> => Reflect.apply(method, target, given))
    },
  })
}

const LOOKS = /^(find|list|verify|hash)/

/** In the registry's words, as adapters throw it. */
export function storageError(fault: Fault, call: string): RegistryError {
  const cause = systemError(CODES[fault] ?? "EIO", call)
  const isFull = fault !== "EIO" && fault !== "lost reply"
  return new RegistryError(isFull ? "STORAGE_FULL" : "STORAGE_FAILED", "the injected storage failed", { cause })
}

/** What is kept is a beginning of what came. */
async function* firstHalf(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of body) {
    yield chunk.subarray(0, chunk.length >> 1)
    return
  }
}

/** The stream fails in the middle. */
function cut(opened: OpenedBlob | undefined): OpenedBlob | undefined {
  if (opened?.kind !== "stream") return opened
  const reader = opened.body.getReader()
  let isCut = false
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      if (isCut) return controller.error(systemError("EIO", "the stream"))
      const { value } = await reader.read()
      isCut = true
      controller.enqueue((value ?? new Uint8Array()).subarray(0, (value?.length ?? 0) >> 1))
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return { ...opened, body }
}
