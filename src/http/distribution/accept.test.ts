import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { createMemoryLogger } from "../../adapters/logger/memory.ts"
import { RegistryError } from "../../domain/errors.ts"
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../../domain/media-type.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import type { Manifests } from "../../services/manifests.ts"
import { createRoutes, type RouteDependencies } from "./routes.ts"

const unused = () => Promise.reject(new Error("not asked for"))

/** What the service is told of a client with this Accept header. */
async function knowsIndexes(accept: string | null): Promise<boolean | undefined> {
  let known: boolean | undefined
  const manifests: Manifests = {
    confirm: async () => undefined,
    get: (_context, _repository, client) => {
      known = client.knowsIndexes
      return Promise.reject(new RegistryError("TAG_UNKNOWN", "manifest unknown"))
    },
    read: unused,
    tellPull: () => undefined,
    put: unused,
    countCacheUse: () => ({ requests: 0, hits: 0, sizeBytes: 0 }),
    delete: unused,
  }
  const limits = { ranges: 1, manifestBytes: 1, catalogEntries: 1, tags: 1 }
  const [, get] = createRoutes({ manifests, limits } as RouteDependencies).manifest.GET ?? []
  if (get === undefined) throw new Error("there is no such route")
  const request = new Request("http://registry/", accept === null ? {} : { headers: { accept } })
  const answer = get({
    request,
    context: {
      actor: { id: "alice", quotaKey: "user:alice" },
      requestId: "1",
      signal: request.signal,
      log: createMemoryLogger(),
    },
    query: new URLSearchParams(),
    repository: parseRepositoryName("a"),
    reference: "latest",
    locate: (path) => path,
    headers: {},
  })
  expect(await answer.catch(String)).toContain("manifest unknown")
  return known
}

const parameters = fc.constantFrom("", ";q=0.5", "; q=1", ";q=0.1;a=b", " ")
const withParameters = (types: fc.Arbitrary<string>) => fc.tuple(types, parameters).map((parts) => parts.join(""))
const single = withParameters(fc.constantFrom(OCI_MANIFEST, DOCKER_MANIFEST))
const broad = withParameters(fc.constantFrom(OCI_INDEX, DOCKER_LIST, "*/*", "application/*", "application/json"))

describe("a manifest asked for with an Accept header", () => {
  test("may be an index where nothing is said", async () => {
    expect(await knowsIndexes(null)).toBe(true)
  })

  test("is no index where single manifests are listed and nothing else", () =>
    fc.assert(
      fc.asyncProperty(fc.array(single, { minLength: 1, maxLength: 5 }), async (types) => {
        expect(await knowsIndexes(types.join(", "))).toBe(false)
      }),
    ))

  test("may be an index where anything else stands in the list, at any place", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(single, { maxLength: 4 }),
        broad,
        fc.array(single, { maxLength: 4 }),
        async (a, b, c) => {
          expect(await knowsIndexes([...a, b, ...c].join(","))).toBe(true)
        },
      ),
    ))

  test("is found whatever stands in the header", () =>
    fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[ -~]{0,100}$/), async (accept) => {
        expect(await knowsIndexes(accept)).toBeBoolean()
      }),
    ))
})
