import type { Database } from "bun:sqlite"
import type { BlobStore } from "../../../src/ports/blob-store.ts"
import { subjects, type Subject } from "./operations.ts"
import type { Bug, Kind } from "./scene.ts"
import { services } from "./services.ts"
import { undoings } from "./undo.ts"

/** A deliberate bug, with where it must be found. */
export interface Mutant {
  name: string
  kind: Kind
  bug: Bug
  /** Operations of which at least one must find it. */
  subjects: readonly Subject[]
}

function named(...names: string[]): Subject[] {
  return [...subjects, ...undoings, ...services].filter(({ name }) => names.some((each) => name.includes(each)))
}

/** Whatever the call says, the caller hears that it is done. */
async function ignore(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined)
}

export const mutants: readonly Mutant[] = [
  {
    name: "a push is acknowledged before its row is committed",
    kind: "memory",
    subjects: named("push of a blob: single post"),
    bug: {
      metadata: (metadata) => ({
        ...metadata,
        blobs: withCalls(metadata.blobs, { put: (...given) => ignore(metadata.blobs.put(...given)) }),
      }),
    },
  },
  {
    name: "a full disk is passed over in silence",
    kind: "files",
    subjects: named("push of a blob: one patch"),
    bug: {
      files: (files) =>
        withCalls(files, {
          open: async (path, mode) => {
            const file = await files.open(path, mode)
            let lost = 0
            // Else the file's size would tell.
            const size = async () => (await file.size()) + lost
            const write = (chunks: Uint8Array[]) =>
              file.write(chunks).catch(() => {
                lost += chunks.reduce((sum, { length }) => sum + length, 0)
              })
            return { ...file, write, size }
          },
        }),
    },
  },
  {
    name: "what arrived before a failure is published as the whole blob",
    kind: "memory",
    subjects: named("push of a blob: single post", "push of a blob: one patch"),
    bug: { blobs: publishHalves },
  },
  {
    name: "a failed sync is tried again",
    kind: "files",
    subjects: named("push of a blob: one patch"),
    bug: {
      files: (files) =>
        withCalls(files, {
          open: async (path, mode) => {
            const file = await files.open(path, mode)
            return { ...file, sync: () => file.sync().catch(() => file.sync()) }
          },
        }),
    },
  },
  {
    name: "the writes of one change are not one transaction",
    kind: "files",
    subjects: named("push of an image by digest, with tags"),
    bug: { database: commitEachStatement },
  },
  {
    name: "a tag is stored although its manifest is not",
    kind: "memory",
    subjects: named("push of an image by tag"),
    bug: {
      metadata: (metadata) => {
        const torn = new Set<string>()
        return {
          ...metadata,
          manifests: withCalls(metadata.manifests, {
            put: (given) =>
              metadata.manifests.put(given).catch((error: unknown) => {
                for (const tag of given.tags) torn.add(`${given.repository}:${tag}`)
                throw error
              }),
          }),
          tags: withCalls(metadata.tags, {
            list: async (repository, page) => {
              const { items, hasMore } = await metadata.tags.list(repository, page)
              const more = [...torn].filter((each) => each.startsWith(`${repository}:`))
              const all = [...items, ...more.map((each) => each.slice(repository.length + 1) as (typeof items)[number])]
              return { items: all.toSorted(), hasMore }
            },
          }),
        }
      },
    },
  },
  {
    name: "an event that was not taken counts as delivered",
    kind: "memory",
    subjects: named("delivery of events"),
    bug: {
      sink: (sink) => ({
        send: async (event, signal) => {
          await sink.send(event, signal)
          return { kind: "delivered", status: 200 }
        },
      }),
    },
  },
  {
    name: "after a lost reply the same push is refused for ever",
    kind: "memory",
    subjects: named("push of an image by tag"),
    bug: {
      metadata: (metadata) => {
        const tried = new Set<string>()
        return {
          ...metadata,
          manifests: withCalls(metadata.manifests, {
            put: (given) => {
              if (tried.has(given.digest)) return Promise.reject(new Error("UNIQUE constraint failed"))
              tried.add(given.digest)
              return metadata.manifests.put(given)
            },
          }),
        }
      },
    },
  },
  {
    name: "a cache keeps a tag whose move was answered with a failure",
    kind: "memory",
    subjects: named("move of a tag"),
    bug: {
      metadata: (metadata) => {
        const kept = new Map<string, Awaited<ReturnType<typeof metadata.tags.find>>>()
        return {
          ...metadata,
          tags: withCalls(metadata.tags, {
            find: async (repository, tag) => {
              const key = `${repository}:${tag}`
              if (!kept.has(key)) kept.set(key, await metadata.tags.find(repository, tag))
              return kept.get(key)
            },
          }),
          manifests: withCalls(metadata.manifests, {
            put: async (given) => {
              const stored = await metadata.manifests.put(given)
              for (const tag of given.tags) kept.delete(`${given.repository}:${tag}`)
              return stored
            },
          }),
        }
      },
    },
  },
  {
    name: "writes stay refused when the storage is well again",
    kind: "files",
    subjects: named("push of a blob: single post"),
    bug: {
      guard: (guard) => {
        let failure: { error: unknown } | undefined
        return {
          run: async (write) => {
            if (failure !== undefined) throw failure.error
            try {
              return await guard.run(write)
            } catch (error) {
              failure = { error }
              throw error
            }
          },
        }
      },
    },
  },
  {
    name: "a delete that failed is acknowledged",
    kind: "memory",
    subjects: named("delete of a tag"),
    bug: {
      metadata: (metadata) => ({
        ...metadata,
        tags: withCalls(metadata.tags, { delete: (...given) => metadata.tags.delete(...given).catch(() => true) }),
      }),
    },
  },
  {
    name: "a restoration that failed is acknowledged",
    kind: "memory",
    subjects: named("restore of a manifest"),
    bug: {
      metadata: (metadata) => ({
        ...metadata,
        history: withCalls(metadata.history, {
          restoreManifest: (...given) =>
            metadata.history
              .restoreManifest(...given)
              .catch(() => ({ manifests: 1, tagCount: 1, kept: [], keptCount: 0, missing: [], missingCount: 0 })),
        }),
      }),
    },
  },
  {
    name: "of an image that is restored the tags come in a second transaction",
    kind: "files",
    subjects: named("restore of a manifest"),
    bug: { database: commitEachStatement },
  },
  {
    name: "a listing that cannot be read is empty",
    kind: "memory",
    subjects: named("list of tags"),
    bug: {
      metadata: (metadata) => ({
        ...metadata,
        tags: withCalls(metadata.tags, {
          list: (...given) => metadata.tags.list(...given).catch(() => ({ items: [], hasMore: false })),
        }),
      }),
    },
  },
]

/** The noun with some of its calls replaced: it gives its others when it is asked for them. */
function withCalls<Noun extends object>(noun: Noun, changed: Partial<Noun>): Noun {
  return new Proxy(noun, {
    get: (target, key): unknown => Reflect.get(key in changed ? changed : target, key),
  })
}

function publishHalves(blobs: BlobStore): BlobStore {
  return withCalls(blobs, {
    append: (id, body, options) =>
      blobs.append(id, body, options).catch(async () => {
        const { sizeBytes } = await blobs.findUpload(id, 0)
        return { sizeBytes }
      }),
  })
}

/** As if every statement were committed by itself. */
function commitEachStatement(database: Database): Database {
  return new Proxy(database, {
    get: (target, key): unknown => {
      if (key === "inTransaction") return false
      if (key === "run") {
        const isBracket = (sql: string) => /^(BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK)/.test(sql)
        return (sql: string) => (isBracket(sql) ? undefined : target.run(sql))
      }
      const value: unknown = Reflect.get(target, key)
      return typeof value === "function" ? value.bind(target) : value
    },
  })
}
