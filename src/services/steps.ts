/** Writes items in batches, one after the other. */
export interface Batches<Item> {
  /** Waits while the batch before is still being written. */
  push(item: Item, weight: number): Promise<void>
  /** Resolves when everything is written. */
  end(): Promise<void>
}

export function createBatches<Item>(maxWeight: number, write: (items: Item[]) => Promise<void>): Batches<Item> {
  let items: Item[] = []
  let weight = 0
  let written = Promise.resolve()

  /** Gives what was being written before. */
  function flush(): Promise<void> {
    const [batch, before] = [items, written]
    items = []
    weight = 0
    written = before.then(() => write(batch))
    // It is thrown to whoever pushes or ends next.
    written.catch(() => undefined)
    return before
  }

  return {
    push: async (item, itemWeight) => {
      items.push(item)
      weight += itemWeight
      if (weight >= maxWeight) await flush()
    },
    end: async () => {
      if (items.length > 0) void flush()
      await written
    },
  }
}

/** Does the work for each item, `width` of them at once. After a failure no further one is begun. */
export async function forEachAtOnce<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let hasFailed = false
  async function proceed(): Promise<void> {
    while (!hasFailed) {
      const next = await rest.next()
      if (next.done === true) return
      try {
        await work(next.value)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: width }, proceed))
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason
}

export function* chunksOf<Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size)
}
