import { expect, test } from "bun:test"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import { formatEvent } from "./payload.ts"
import { createEvent, DIGEST } from "./testing.ts"

const references = [
  {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: DIGEST,
    size: 24,
    annotations: { a: "b" },
    platform: { architecture: "amd64", os: "linux" },
  },
]

test("v1 is what distribution 2.8 sends, byte for byte", () => {
  const event = createEvent()
  const { contentType, body } = formatEvent({ ...event, target: { ...event.target, references } }, "v1")
  expect(contentType).toBe("application/vnd.docker.distribution.events.v1+json")
  expect(body).toBe(`{
   "events": [
      {
         "id": "a75cc003-91c4-425c-b754-10a75cd56320",
         "timestamp": "2026-11-22T06:17:03.822Z",
         "action": "push",
         "target": {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "size": 447,
            "digest": "${DIGEST}",
            "length": 447,
            "repository": "lib/a",
            "url": "http://registry:5000/v2/lib/a/manifests/${DIGEST}",
            "tag": "latest",
            "references": [
               {
                  "mediaType": "application/vnd.oci.image.config.v1+json",
                  "size": 24,
                  "digest": "${DIGEST}",
                  "annotations": {
                     "a": "b"
                  }
               }
            ]
         },
         "request": {
            "id": "da7c139d",
            "addr": "127.0.0.1:57950",
            "host": "registry:5000",
            "method": "PUT",
            "useragent": "probe/1"
         },
         "actor": {},
         "source": {
            "addr": "vm:5000",
            "instanceID": "a64d4f8e"
         }
      }
   ]
}`)
})

test("v2 is distribution 3's: another order, platforms, and fields that are there when they are empty", () => {
  const event = createEvent({ actor: "alice" })
  const pushed = formatEvent({ ...event, target: { ...event.target, references } }, "v2")
  expect(pushed.contentType).toBe("application/vnd.docker.distribution.events.v2+json")
  const order = ["mediaType", "digest", "size", "length", "repository", "url", "tag", "references"]
  expect(Object.keys(readEvent(pushed.body).target)).toEqual(order)
  expect(readEvent(pushed.body)).toMatchObject({ target: { references }, actor: { name: "alice" } })
  const deleted = createEvent({ action: "delete", target: { kind: "tag", repository: parseRepositoryName("lib/a") } })
  expect(readEvent(formatEvent(deleted, "v2").body).target).toEqual({
    mediaType: "",
    digest: "",
    size: 0,
    repository: "lib/a",
  })
  expect(readEvent(formatEvent(deleted, "v1").body).target).toEqual({ repository: "lib/a" })
})

test("what a client sends of itself is escaped as Go does it", () => {
  const event = createEvent()
  const { body } = formatEvent({ ...event, request: { ...event.request, useragent: `<a>&"\u2028` } }, "v1")
  expect(body).toContain(String.raw`"useragent": "\u003ca\u003e\u0026\"\u2028"`)
})

test("a CloudEvent has the attributes that CloudEvents 1.0 requires, and distribution's event in it", () => {
  const { contentType, body } = formatEvent(createEvent(), "cloudevents")
  expect(contentType).toBe("application/cloudevents+json")
  expect(JSON.parse(body)).toMatchObject({
    specversion: "1.0",
    id: "a75cc003-91c4-425c-b754-10a75cd56320",
    source: "//vm:5000",
    type: "berth.manifest.push",
    subject: "lib/a:latest",
    time: "2026-11-22T06:17:03.822Z",
    datacontenttype: "application/json",
    data: { action: "push", target: { digest: DIGEST, tag: "latest" } },
  })
})

test("Harbor's payload names the artifact as Harbor does", () => {
  const { contentType, body } = formatEvent(createEvent({ actor: "alice" }), "harbor")
  expect(contentType).toBe("application/json")
  expect(JSON.parse(body)).toEqual({
    type: "PUSH_ARTIFACT",
    occur_at: 1795328223,
    operator: "alice",
    event_data: {
      resources: [{ digest: DIGEST, tag: "latest", resource_url: "registry:5000/lib/a:latest" }],
      repository: { name: "a", namespace: "lib", repo_full_name: "lib/a", repo_type: "private" },
    },
  })
})

function readEvent(body: string): { target: Record<string, unknown> } {
  const envelope = JSON.parse(body) as { events: { target: Record<string, unknown> }[] }
  const [event] = envelope.events
  if (event === undefined) throw new Error("there is no event")
  return event
}
