import * as fc from "fast-check"
import { formatEvent } from "../../../../src/adapters/event-sink/payload.ts"
import { redact } from "../../../../src/adapters/logger/redact.ts"
import { parseDigest } from "../../../../src/domain/digest.ts"
import type { RegistryEvent } from "../../../../src/domain/event.ts"
import { parseRepositoryName } from "../../../../src/domain/repository-name.ts"
import { parseTag } from "../../../../src/domain/tag.ts"
import { insist, target } from "../target.ts"
import { anyText } from "../texts.ts"

const FORMATS = ["v1", "v2", "cloudevents", "harbor"] as const
const text = anyText.map((each) => each.toWellFormed())
const anEvent: fc.Arbitrary<RegistryEvent> = fc
  .record({ host: text, useragent: text, actor: text, mediaType: text, url: text, key: text, tag: fc.boolean() })
  .map(({ host, useragent, actor, mediaType, url, key, tag }) => {
    const digest = parseDigest(`sha256:${"0".repeat(64)}`)
    return {
      id: "id",
      at: 0,
      action: "push",
      target: {
        kind: "manifest",
        repository: parseRepositoryName("a/b"),
        mediaType,
        digest,
        sizeBytes: 1,
        url,
        ...(tag && { tag: parseTag("v1") }),
        references: [{ mediaType, digest, size: 1, annotations: { [key]: useragent } }],
      },
      request: { id: "1", addr: "127.0.0.1:1", host, method: "PUT", useragent },
      actor,
      source: { addr: "vm:5000", instanceID: "1" },
    }
  })

interface Told {
  events?: { request: { useragent: string; host?: string }; actor: { name?: string } }[]
  data?: { request: { useragent: string }; actor: { name?: string } }
  operator?: string
}

const payload = target({
  name: "webhook payloads, which are JSON that says what the event says",
  share: 0.2,
  arbitrary: fc.tuple(anEvent, fc.constantFrom(...FORMATS)),
  check: ([event, format]) => {
    const { body } = formatEvent(event, format)
    const told = JSON.parse(body) as Told
    const one = told.events?.[0] ?? told.data
    if (format === "harbor") insist(told.operator === event.actor, () => `the operator is ${String(told.operator)}`)
    else insist(one?.request.useragent === event.request.useragent && one.actor.name === event.actor, () => body)
    // What ends a script in a page that shows it is an escape in distribution's envelope.
    if (format === "v1" || format === "v2") insist(!/[<>&]/.test(body), () => body)
  },
})

const SECRET = "hunter2"
const logged = target({
  name: "fields of the log, which show nothing under the key of a secret",
  arbitrary: fc.tuple(anyText, fc.constantFrom("password", "Authorization", "x-token", "clientSecret"), fc.nat(4)),
  check: ([key, secretKey, depth]) => {
    let fields: Record<string, unknown> = { [secretKey]: SECRET, [key]: key }
    for (let level = 0; level < depth; level++) fields = { [`${key}-`]: fields, list: [fields] }
    insist(!JSON.stringify(redact(fields)).includes(SECRET), () => JSON.stringify(fields))
  },
})

export const events = [payload, logged]
