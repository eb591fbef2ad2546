import { describe, expect, test } from "bun:test"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { OCI_MANIFEST } from "../domain/media-type.ts"
import type { EventAppend } from "../ports/metadata/events.ts"
import { createManualClock, newDigest, newRepository, tagsOf } from "../ports/metadata/fixture.contract.ts"
import { createEventMeter } from "./event-meter.ts"
import { createEvents, type EventEndpoint, type EventRules } from "./events.ts"
import { contextOf } from "./testing.ts"

const repository = newRepository()
const digest = newDigest()
const blob = { digest, generation: 0, sizeBytes: 7 }

function endpointOf(name: string, more: Partial<EventEndpoint> = {}): EventEndpoint {
  return { name, format: "v1", ignoredMediaTypes: [], ignoredActions: [], ...more }
}

async function open(endpoints: EventEndpoint[], more: Partial<EventRules> = {}) {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  let made = 0
  const meter = createEventMeter()
  const source = { addr: "vm:5000", instanceID: "i" }
  const events = createEvents({
    events: metadata.events,
    clock,
    ids: { create: () => `event-${++made}` },
    log: createMemoryLogger(),
    meter,
    rules: { endpoints, includesReferences: false, maxWaiting: 10, source, ...more },
  })
  return { events, metadata, meter }
}

function toldOf(append: EventAppend | undefined) {
  return (append?.drafts ?? []).map(({ event, endpoints }) => ({ tag: event.target.tag, endpoints }))
}

const context = {
  ...contextOf("alice"),
  source: { id: "r", addr: "192.0.2.1:9", host: "h", method: "PUT", useragent: "u", baseUrl: "https://h/x/" },
}
const manifest = { repository, digest, mediaType: OCI_MANIFEST, bytes: new TextEncoder().encode("{}") }

describe("what an endpoint ignores it is not told of", () => {
  test("by media type and by action", async () => {
    const { events } = await open([
      endpointOf("all"),
      endpointOf("manifests", { ignoredMediaTypes: ["application/octet-stream"] }),
      endpointOf("quiet", { ignoredActions: ["push", "pull"] }),
    ])
    expect(events.describeBlobPush(context, repository, blob)?.drafts[0]?.endpoints).toEqual(["all"])
    expect(toldOf(events.describeManifestPush(context, manifest, []))[0]?.endpoints).toEqual(["all", "manifests"])
    const deleted = events.describeBlobDelete(context, repository, digest)
    expect(deleted?.drafts[0]?.endpoints).toEqual(["all", "manifests", "quiet"])
  })

  test("Harbor's receivers hear of manifests and tags alone", async () => {
    const { events } = await open([endpointOf("harbor", { format: "harbor" })])
    expect(events.describeBlobPush(context, repository, blob)).toBeUndefined()
    expect(events.describeBlobMount(context, blob, { from: newRepository(), to: repository })).toBeUndefined()
    expect(events.describeBlobDelete(context, repository, digest)).toBeUndefined()
    expect(events.describeRepositoryDelete(context, repository)).toEqual({})
    expect(events.describeManifestPush(context, manifest, [])).toBeDefined()
    expect(events.describeTagDelete(context, repository, tagsOf("a")[0] ?? raise())).toHaveProperty("events")
  })
})

test("a push of several tags is told once for each", async () => {
  const { events } = await open([endpointOf("hook")])
  const tags = tagsOf("a", "b")
  expect(toldOf(events.describeManifestPush(context, manifest, tags)).map(({ tag }) => tag)).toEqual(tags)
  expect(toldOf(events.describeManifestPush(context, manifest, [])).map(({ tag }) => tag)).toEqual([undefined])
})

test("an event has the request, who made it and the URL of the content", async () => {
  const { events } = await open([endpointOf("hook")])
  const [draft] = events.describeBlobPush(context, repository, blob)?.drafts ?? []
  expect(draft?.event).toMatchObject({
    action: "push",
    actor: "alice",
    request: { id: "r", addr: "192.0.2.1:9", host: "h", method: "PUT", useragent: "u" },
    target: {
      url: `https://h/x/v2/${repository}/blobs/${digest}`,
      mediaType: "application/octet-stream",
      sizeBytes: 7,
    },
  })
  expect(draft?.event.request).not.toHaveProperty("baseUrl")
})

test("what a command does is told without a request, and nobody is named where nobody logged in", async () => {
  const { events } = await open([endpointOf("hook")])
  const [command] = events.describeBlobDelete(contextOf("operator"), repository, digest)?.drafts ?? []
  expect(command?.event).toMatchObject({ actor: "operator", request: { id: "", addr: "", host: "", method: "" } })
  const [anonymous] = events.describeBlobPush(contextOf("anonymous"), repository, blob)?.drafts ?? []
  expect(anonymous?.event).not.toHaveProperty("actor")
  expect(anonymous?.event.target).not.toHaveProperty("url")
})

test("a push names what the manifest refers to, and a pull leaves that to the delivery", async () => {
  const { events, metadata } = await open([endpointOf("hook")], { includesReferences: true })
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest, size: 2 }
  const bytes = new TextEncoder().encode(JSON.stringify({ config, layers: [] }))
  const [push] = events.describeManifestPush(context, { ...manifest, bytes }, [])?.drafts ?? []
  expect(push?.event.target.references).toEqual([config])
  events.noteManifestPull(context, { digest, mediaType: OCI_MANIFEST, sizeBytes: bytes.length }, { repository })
  await events.flush()
  const [pull] = await metadata.events.listLane({ endpoint: "hook", repository, limit: 1 })
  expect(pull?.event).toMatchObject({ action: "pull", target: { references: "stored" } })
})

test("a restoration is told to those who want to hear of pushes, each with what it ignores, and counted as told", async () => {
  const { events, meter } = await open([
    endpointOf("all", { ignoredMediaTypes: [OCI_MANIFEST] }),
    endpointOf("harbor", { format: "harbor" }),
    endpointOf("quiet", { ignoredActions: ["push"] }),
  ])
  const { telling } = events.describeRestoration(contextOf("operator"), repository)
  expect(telling).toMatchObject({
    event: { action: "push", actor: "operator", target: { kind: "manifest", repository } },
    endpoints: [
      { name: "all", ignoredMediaTypes: [OCI_MANIFEST] },
      { name: "harbor", ignoredMediaTypes: [] },
    ],
    maxWaiting: 10,
  })
  expect(meter.read().get("all")).toBeUndefined()
  events.countRestored({ all: 3 })
  expect(meter.read().get("all")?.events).toBe(3)
  const silent = await open([endpointOf("quiet", { ignoredActions: ["push"] })])
  expect(silent.events.describeRestoration(contextOf("operator"), repository)).toEqual({})
})

function raise(): never {
  throw new Error("there is no tag")
}
