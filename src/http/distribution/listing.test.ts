import { expect, test } from "bun:test"
import { createMemoryLogger } from "../../adapters/logger/memory.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import type { Catalog } from "../../services/catalog.ts"
import type { Call } from "./call.ts"
import { createCatalogHandler } from "./catalog.ts"
import { createSearchHandlers } from "./search.ts"

const app = parseRepositoryName("team/app")

const call: Call = {
  request: new Request("http://berth/"),
  context: {
    actor: { id: "anonymous", quotaKey: "1" },
    requestId: "1",
    signal: new AbortController().signal,
    log: createMemoryLogger(),
  },
  query: new URLSearchParams(),
  repository: app,
  reference: "",
  locate: (path) => path,
  headers: {},
}

test.each([true, false])("a catalog and a search warn when they are partial: %p", async (isPartial) => {
  const catalog: Catalog = {
    list: async () => ({ items: [app], hasMore: false }),
    isPartial: () => isPartial,
    search: async () => [app],
  }
  for (const handle of [createCatalogHandler(catalog, 10), createSearchHandlers(catalog).search]) {
    const { headers } = await handle(call)
    expect(headers.get("Warning")?.includes("the list is partial") ?? false).toBe(isPartial)
  }
})
