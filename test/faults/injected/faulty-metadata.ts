import type { Metadata } from "../../../src/ports/metadata/metadata.ts"
import { DELAY_MS, type Fault, type Faults } from "./faults.ts"
import { storageError } from "./faulty-blobs.ts"

const WRITE: readonly Fault[] = ["EIO", "ENOSPC", "lost reply", "delay"]
const READ: readonly Fault[] = ["EIO", "delay"]
const READS = /^(find|list|exists|is|count|tally|next|any|get)/

/** Every call of every noun with faults. `reads`: those alone, where the statements of writes have their own. */
export function createFaultyMetadata(metadata: Metadata, faults: Faults, only: "all" | "reads"): Metadata {
  function wrap<Noun extends object>(name: string, noun: Noun): Noun {
    return new Proxy(noun, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key)
        if (typeof method !== "function" || typeof key !== "string" || key === "watch") return method
        const isRead = READS.test(key)
        if (only === "reads" && !isRead) return method
        return async (...given: unknown[]): Promise<unknown> => {
          const call = `metadata.${name}.${key}`
          const run = (): Promise<unknown> => Reflect.apply(method, target, given)
          const fault = faults.draw(call, isRead ? READ : WRITE)
          if (fault === "delay") await Bun.sleep(DELAY_MS)
          if (fault === undefined || fault === "delay") return run()
          if (fault === "lost reply") await run()
          throw storageError(fault, call)
        }
      },
    })
  }

  const wrapped = Object.entries(metadata).map(([name, noun]: [string, unknown]) => [
    name,
    typeof noun === "object" && noun !== null ? wrap(name, noun) : noun,
  ])
  return Object.fromEntries(wrapped) as Metadata
}
