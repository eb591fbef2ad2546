import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { EventAction, RegistryEvent } from "../../domain/event.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import { parseTag, type Tag } from "../../domain/tag.ts"
import type { EventAppend, EventDraft } from "./events.ts"
import {
  createManualClock,
  newDigest,
  newManifest,
  newRepository,
  putBlob,
  referenceTo,
  tagsOf,
  type OpenMetadata,
} from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

let drafted = 0

function newEvent(repository: RepositoryName, action: EventAction = "push", tag?: Tag): RegistryEvent {
  return {
    id: `event-${++drafted}`,
    at: drafted,
    action,
    target: { kind: tag === undefined ? "manifest" : "tag", repository, ...(tag && { tag }) },
    request: { id: "1", addr: "127.0.0.1", host: "registry", method: "PUT", useragent: "test" },
    source: { addr: "registry:5000", instanceID: "i" },
  }
}

function draftOf(event: RegistryEvent, ...endpoints: string[]): EventDraft {
  return { event, endpoints: endpoints.length === 0 ? ["hook"] : endpoints }
}

function appendOf(...drafts: EventDraft[]): EventAppend {
  return { drafts, maxWaiting: 3 }
}

export function describeEventRecords(open: OpenMetadata): void {
  describe("events", () => {
    let metadata: Metadata
    let clock: ReturnType<typeof createManualClock>

    beforeEach(async () => {
      clock = createManualClock()
      metadata = await open(clock)
    })
    afterEach(() => metadata.close())

    async function waitingIds(repository: RepositoryName, endpoint = "hook"): Promise<string[]> {
      const lane = await metadata.events.listLane({ endpoint, repository, limit: 100 })
      return lane.map(({ event }) => event.id)
    }

    async function deadIds(endpoint = "hook"): Promise<string[]> {
      const { items } = await metadata.events.list({ endpoint, state: "dead", limit: 100 })
      return items.map(({ event }) => event.id)
    }

    async function put(repository: RepositoryName, count = 1): Promise<RegistryEvent[]> {
      const events = Array.from({ length: count }, () => newEvent(repository))
      await metadata.events.append(appendOf(...events.map((event) => draftOf(event))))
      return events
    }

    async function firstOf(repository: RepositoryName): Promise<number> {
      const [first] = await metadata.events.listLane({ endpoint: "hook", repository, limit: 1 })
      if (first === undefined) throw new Error("nothing waits")
      return first.id
    }

    test("append() gives each endpoint the events of each repository, in their order", async () => {
      const [a, b] = [newRepository(), newRepository()]
      const [first, second, other] = [newEvent(a), newEvent(a), newEvent(b)]
      await metadata.events.append(appendOf(draftOf(first, "x", "y"), draftOf(other, "x"), draftOf(second, "y", "x")))
      expect(await waitingIds(a, "x")).toEqual([first.id, second.id])
      expect(await waitingIds(a, "y")).toEqual([first.id, second.id])
      expect(await waitingIds(b, "x")).toEqual([other.id])
      expect(await waitingIds(b, "y")).toEqual([])
      const [record] = await metadata.events.listLane({ endpoint: "x", repository: a, limit: 1 })
      expect(record).toMatchObject({ endpoint: "x", repository: a, state: "waiting", event: first, attempts: 0 })
      expect(record?.since).toBe(clock.now())
      expect(record && (await metadata.events.find(record.id))).toEqual(record)
    })

    test("findLane() goes through the repositories that something waits for", async () => {
      const [a, b] = [newRepository(), newRepository()].sort()
      if (a === undefined || b === undefined) throw new Error("no repositories")
      await put(a)
      await put(b)
      expect(await metadata.events.findLane("hook", "")).toBe(a)
      expect(await metadata.events.findLane("hook", a)).toBe(b)
      expect(await metadata.events.findLane("hook", b)).toBeUndefined()
      expect(await metadata.events.findLane("other", "")).toBeUndefined()
      await metadata.events.markDelivered(await firstOf(a))
      expect(await metadata.events.findLane("hook", "")).toBe(b)
    })

    test("markFailed() counts attempts and keeps the order", async () => {
      const repository = newRepository()
      const events = await put(repository, 2)
      const id = await firstOf(repository)
      await metadata.events.markFailed(id, "refused")
      await metadata.events.markFailed(id, "503")
      expect(await metadata.events.find(id)).toMatchObject({ attempts: 2, error: "503", state: "waiting" })
      expect(await waitingIds(repository)).toEqual(events.map((event) => event.id))
    })

    test("a dead letter waits no longer, and replay() puts it back before what came after it", async () => {
      const repository = newRepository()
      const [first, second] = await put(repository, 2)
      const id = await firstOf(repository)
      await metadata.events.markDead(id, "too old")
      expect(await waitingIds(repository)).toEqual([String(second?.id)])
      expect(await metadata.events.find(id)).toMatchObject({ state: "dead", error: "too old" })
      expect(await metadata.events.listCounts()).toEqual([{ endpoint: "hook", waiting: 1, dead: 1 }])
      expect(await metadata.events.replay({ endpoint: "other", limit: 10 })).toBe(0)
      expect(await metadata.events.replay({ endpoint: "other", id, limit: 10 })).toBe(0)
      expect(await metadata.events.replay({ endpoint: "hook", id, limit: 10 })).toBe(1)
      expect(await metadata.events.replay({ endpoint: "hook", id, limit: 10 })).toBe(0)
      expect(await waitingIds(repository)).toEqual([String(first?.id), String(second?.id)])
      expect(await metadata.events.listCounts()).toEqual([{ endpoint: "hook", waiting: 2, dead: 0 }])
    })

    test("what finds no room is dead at once, and the oldest dead letters make room", async () => {
      const repository = newRepository()
      const events = (await put(repository, 8)).map(({ id }) => id)
      expect(await waitingIds(repository)).toEqual(events.slice(0, 3))
      expect(await deadIds()).toEqual(events.slice(5))
      expect(await metadata.events.listCounts()).toEqual([{ endpoint: "hook", waiting: 3, dead: 3 }])
      await metadata.events.markDelivered(await firstOf(repository))
      const [next] = await put(repository)
      expect(await waitingIds(repository)).toEqual([...events.slice(1, 3), String(next?.id)])
    })

    test("expire() gives up what has waited for too long, and forget() what has been dead for too long", async () => {
      const repository = newRepository()
      const [old] = await put(repository)
      clock.advance(1000)
      const [fresh] = await put(repository)
      const expiry = { endpoint: "hook", before: clock.now(), limit: 10 }
      expect(await metadata.events.expire({ ...expiry, error: "too old" })).toBe(1)
      expect(await metadata.events.expire({ ...expiry, error: "too old" })).toBe(0)
      expect(await waitingIds(repository)).toEqual([String(fresh?.id)])
      expect(await deadIds()).toEqual([String(old?.id)])
      // It became a dead letter now, however old it is.
      expect(await metadata.events.forget(expiry)).toBe(0)
      clock.advance(1)
      expect(await metadata.events.forget({ ...expiry, before: clock.now() })).toBe(1)
      expect(await metadata.events.listCounts()).toEqual([{ endpoint: "hook", waiting: 1, dead: 0 }])
    })

    test("expire(), forget() and replay() do no more than they are told to", async () => {
      const repository = newRepository()
      await put(repository, 3)
      clock.advance(1)
      const expiry = { endpoint: "hook", before: clock.now(), limit: 2 }
      expect(await metadata.events.expire({ ...expiry, error: "old" })).toBe(2)
      expect(await metadata.events.replay({ endpoint: "hook", limit: 1 })).toBe(1)
      expect(await metadata.events.listCounts()).toEqual([{ endpoint: "hook", waiting: 2, dead: 1 }])
      clock.advance(1)
      expect(await metadata.events.expire({ ...expiry, before: clock.now(), error: "old" })).toBe(2)
      clock.advance(1)
      expect(await metadata.events.forget({ ...expiry, before: clock.now() })).toBe(2)
    })

    test("list() gives pages, the oldest first", async () => {
      const repository = newRepository()
      const all = (await put(repository, 3)).map(({ id }) => id)
      const query = { endpoint: "hook", state: "waiting" as const, limit: 2 }
      const first = await metadata.events.list(query)
      expect(first.items.map(({ event }) => event.id)).toEqual(all.slice(0, 2))
      expect(first.hasMore).toBe(true)
      const after = first.items.at(-1)
      const rest = await metadata.events.list({ ...query, ...(after && { after }) })
      expect(rest.items.map(({ event }) => event.id)).toEqual(all.slice(2))
      expect(rest.hasMore).toBe(false)
    })

    test("a manifest's events are stored with it, and not where references are missing", async () => {
      const repository = newRepository()
      const pushed = newEvent(repository)
      await metadata.manifests.put(newManifest(repository, { events: appendOf(draftOf(pushed)) }))
      expect(await waitingIds(repository)).toEqual([pushed.id])
      const references = [referenceTo(newDigest())]
      await metadata.manifests.put(
        newManifest(repository, { references, events: appendOf(draftOf(newEvent(repository))) }),
      )
      expect(await waitingIds(repository)).toEqual([pushed.id])
    })

    test("a change that fails leaves no event, and an event that cannot be stored leaves no change", async () => {
      const repository = newRepository()
      const broken = { references: [{ ...referenceTo(newDigest()), sizeBytes: "many" as unknown as number }] }
      const events = appendOf(draftOf(newEvent(repository)))
      const failing = newManifest(repository, { ...broken, checksReferences: false, events })
      expect(await metadata.manifests.put(failing).catch((error: unknown) => error)).toBeInstanceOf(Error)
      expect(await waitingIds(repository)).toEqual([])
      const untold = newManifest(repository, {
        events: appendOf(draftOf(newEvent(repository), null as unknown as string)),
      })
      expect(await metadata.manifests.put(untold).catch((error: unknown) => error)).toBeInstanceOf(Error)
      expect(await metadata.manifests.find(repository, untold.digest)).toBeUndefined()
    })

    test("a manifest that is deleted is told of first, and then each tag that went with it", async () => {
      const repository = newRepository()
      const manifest = newManifest(repository, { tags: tagsOf("b", "a") })
      await metadata.manifests.put(manifest)
      const [ofManifest, ofTag] = [newEvent(repository, "delete"), newEvent(repository, "delete")]
      const deletion = { actor: "bob", events: appendOf(draftOf(ofManifest)), tagEvent: draftOf(ofTag) }
      await metadata.manifests.delete(repository, manifest.digest, deletion)
      await metadata.manifests.delete(repository, manifest.digest, deletion)
      const lane = await metadata.events.listLane({ endpoint: "hook", repository, limit: 10 })
      expect(lane.map(({ event }) => event.target.tag)).toEqual([undefined, parseTag("a"), parseTag("b")])
      expect(new Set(lane.map(({ event }) => event.id)).size).toBe(3)
    })

    test("tags and blobs that are deleted, pushed and mounted are told of, where there was something to do", async () => {
      const [repository, other] = [newRepository(), newRepository()]
      await metadata.manifests.put(newManifest(repository, { tags: tagsOf("v1") }))
      const digest = await putBlob(metadata, repository)
      const told = () => appendOf(draftOf(newEvent(repository)))
      for (let time = 0; time < 2; time++) {
        await metadata.tags.delete(repository, parseTag("v1"), { actor: "bob", events: told() })
        await metadata.blobs.mount(digest, { from: repository, to: other, events: told() })
        await metadata.blobs.unlink(repository, digest, { actor: "bob", events: told() })
      }
      expect(await waitingIds(repository)).toHaveLength(3)
      const blob = { digest: newDigest(), generation: 0, sizeBytes: 1 }
      const pushed = newEvent(other)
      await metadata.blobs.put(blob, { repository: other, events: appendOf(draftOf(pushed, "second")) })
      expect(await waitingIds(other, "second")).toEqual([pushed.id])
    })

    test("watch() tells of each write that has put events into the outbox, when they can be read", async () => {
      const repository = newRepository()
      const seen: Promise<string[]>[] = []
      metadata.events.watch(() => void seen.push(waitingIds(repository)))
      await metadata.manifests.put(newManifest(repository))
      expect(seen).toHaveLength(0)
      const pushed = newEvent(repository)
      await metadata.manifests.put(newManifest(repository, { events: appendOf(draftOf(pushed)) }))
      expect(await Promise.all(seen)).toEqual([[pushed.id]])
      await put(repository)
      expect(seen).toHaveLength(2)
    })
  })
}
