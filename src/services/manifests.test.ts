import { describe, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { createMemoryLogger } from "../adapters/logger/memory.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { digestOf, type Digest } from "../domain/digest.ts"
import { isRegistryError } from "../domain/errors.ts"
import { OCI_INDEX, OCI_MANIFEST } from "../domain/media-type.ts"
import { parseReference } from "../domain/reference.ts"
import { createManualClock, newDigest, newRepository, putBlob } from "../ports/metadata/fixture.contract.ts"
import { createManifests, type ManifestRules } from "./manifests.ts"
import { createPulls } from "./pulls.ts"
import type { RequestContext } from "./request-context.ts"

const context: RequestContext = {
  actor: { id: "alice", quotaKey: "user:alice" },
  requestId: "1",
  signal: new AbortController().signal,
  log: createMemoryLogger(),
}

async function open(rules: Partial<ManifestRules> = {}) {
  const clock = createManualClock()
  const metadata = await createMetadata({ path: ":memory:", clock })
  const repository = newRepository()
  const manifests = createManifests({
    ...metadata,
    events: undefined,
    touches: { renewManifest: () => Promise.resolve(true) },
    pulls: createPulls({ manifests: metadata.manifests, clock }),
    rules: { maxReferences: 100, requiredPlatforms: "all", urls: { allow: [], deny: [] }, ...rules },
    findLost: () => Promise.resolve([]),
  })
  const put = async (value: object, reference?: string): Promise<Digest> => {
    const bytes = new TextEncoder().encode(JSON.stringify(value))
    const digest = digestOf("sha256", createHash("sha256").update(bytes).digest("hex"))
    const contentType = "manifests" in value ? OCI_INDEX : OCI_MANIFEST
    const push = { repository, reference: parseReference(reference ?? digest), tags: [], bytes, contentType }
    expect((await manifests.put(context, push)).digest).toBe(digest)
    return digest
  }
  const get = async (reference: string, knowsIndexes: boolean): Promise<Digest> =>
    (await manifests.get(context, repository, { reference: parseReference(reference), knowsIndexes })).digest
  return { metadata, manifests, repository, put, get }
}

function descriptor(digest: Digest, fields: object = {}): object {
  return { mediaType: "application/octet-stream", digest, size: 10, ...fields }
}

function imageOf(config: Digest, layers: object[] = []): object {
  return { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor(config), layers }
}

function indexOf(...children: [Digest, string, string][]): object {
  const manifests = children.map(([digest, os, architecture]) =>
    descriptor(digest, { mediaType: OCI_MANIFEST, platform: { os, architecture } }),
  )
  return { schemaVersion: 2, mediaType: OCI_INDEX, manifests }
}

async function failureOf(running: Promise<unknown>): Promise<{ code: string; detail: unknown }> {
  const error = await running.catch((reason: unknown) => reason)
  if (!isRegistryError(error)) throw new Error(`no RegistryError: ${String(error)}`)
  return { code: error.code, detail: error.detail }
}

describe("an index, asked for by a client that knows none", () => {
  test("by its tag is its linux/amd64 image", async () => {
    const { metadata, repository, put, get } = await open()
    const arm = await put(imageOf(await putBlob(metadata, repository)))
    const windows = await put(imageOf(await putBlob(metadata, repository)))
    const amd = await put(imageOf(await putBlob(metadata, repository)))
    const index = await put(
      indexOf([arm, "linux", "arm64"], [windows, "windows", "amd64"], [amd, "linux", "amd64"]),
      "latest",
    )
    expect(await get("latest", false)).toBe(amd)
    expect(await get("latest", true)).toBe(index)
    expect(await get(index, false)).toBe(index)
  })

  test("is the index itself where it has no such image", async () => {
    const { metadata, repository, put, get } = await open()
    const arm = await put(imageOf(await putBlob(metadata, repository)))
    const index = await put(indexOf([arm, "linux", "arm64"]), "latest")
    expect(await get("latest", false)).toBe(index)
  })

  test("is the index itself where the repository lacks the image", async () => {
    const { put, get } = await open({ requiredPlatforms: [] })
    const index = await put(indexOf([newDigest(), "linux", "amd64"]), "latest")
    expect(await get("latest", false)).toBe(index)
  })
})

describe("the children of an index that the repository lacks", () => {
  const linux = [{ os: "linux", architecture: "amd64" }]

  test.each([
    ["stop a push", "all", "arm64", false],
    ["stop a push where they are of a platform that must be there", linux, "amd64", false],
    ["stop no push where they are of another", linux, "arm64", true],
    ["stop no push where none must be there", [], "amd64", true],
  ] as const)("%s", async (_, requiredPlatforms, architecture, isTaken) => {
    const { put } = await open({ requiredPlatforms })
    const pushed = put(indexOf([newDigest(), "linux", architecture]))
    const code = await pushed.then(
      () => undefined,
      (error: unknown) => (isRegistryError(error) ? error.code : error),
    )
    expect(code).toBe(isTaken ? undefined : "MANIFEST_REFERENCE_UNKNOWN")
  })

  test("are no layers: these must be there whatever the children", async () => {
    const { put } = await open({ requiredPlatforms: [] })
    const { code } = await failureOf(put(imageOf(newDigest())))
    expect(code).toBe("MANIFEST_REFERENCE_UNKNOWN")
  })
})

describe("the URLs of layers", () => {
  const GOOD = "https://good.example/"
  const rules = { allow: [/^https:\/\/good\.example\//], deny: [/\/secret\//] }
  const withUrls = (config: Digest, urls: string[]) => imageOf(config, [descriptor(config, { urls })])

  test.each([
    ["one that is allowed is taken", rules, ["https://good.example/a"], undefined],
    ["one that is not allowed is refused", rules, ["https://bad.example/a"], "https://bad.example/a"],
    [
      "one that is denied is refused, allowed or not",
      rules,
      ["https://good.example/secret/a"],
      "https://good.example/secret/a",
    ],
    ["every one is looked at", rules, ["https://good.example/a", "http://good.example/b"], "http://good.example/b"],
    ["without any allowed, all are that are not denied", { ...rules, allow: [] }, ["ftp://x/"], undefined],
    ["one of 2,048 characters is matched", rules, [GOOD.padEnd(2048, "a")], undefined],
    ["a longer one is refused unmatched", rules, [GOOD.padEnd(2049, "a")], GOOD.padEnd(500, "a")],
    ["without rules, a long one is taken", { allow: [], deny: [] }, [GOOD.padEnd(9000, "a")], undefined],
    ["without rules, all are", { allow: [], deny: [] }, ["ftp://x/secret/"], undefined],
  ])("%s", async (_, urls, given, refused) => {
    const { metadata, repository, put } = await open({ urls })
    const pushing = put(withUrls(await putBlob(metadata, repository), given))
    if (refused === undefined) expect(await pushing).toStartWith("sha256:")
    else expect(await failureOf(pushing)).toEqual({ code: "MANIFEST_INVALID", detail: { url: refused } })
  })
})

test("a manifest that names what the repository lacks is refused with the list of it, and not kept", async () => {
  const { metadata, manifests, repository, put, get } = await open()
  const [layer, foreign] = [newDigest(), await putBlob(metadata, newRepository())]
  const image = imageOf(await putBlob(metadata, repository), [descriptor(layer), descriptor(foreign)])
  const detail = [layer, foreign].map((digest) => ({ digest, kind: "layer" }))
  expect(await failureOf(put(image, "latest"))).toEqual({ code: "MANIFEST_REFERENCE_UNKNOWN", detail })
  expect((await failureOf(get("latest", true))).code).toBe("TAG_UNKNOWN")
  expect((await failureOf(manifests.delete(context, repository, parseReference(layer)))).code).toBe("MANIFEST_UNKNOWN")
})

test("the list of what is missing has an end", async () => {
  const { put, repository, metadata } = await open({ maxReferences: 1000 })
  const layers = Array.from({ length: 150 }, () => descriptor(newDigest()))
  const { detail } = await failureOf(put(imageOf(await putBlob(metadata, repository), layers)))
  expect(detail).toHaveLength(100)
})

test("bytes that are not those of the digest they are pushed by are refused", async () => {
  const { put, metadata, repository } = await open()
  const image = imageOf(await putBlob(metadata, repository))
  expect((await failureOf(put(image, newDigest()))).code).toBe("DIGEST_MISMATCH")
})

test("bytes that are not those of the digest are never served, nor said to be there, and a push repairs them", async () => {
  const { metadata, manifests, repository, put, get } = await open()
  const config = await putBlob(metadata, repository)
  const digest = await put(imageOf(config), "v1")
  const damaged = newDigest()
  const record = { digest: damaged, mediaType: OCI_MANIFEST, sizeBytes: 2 }
  const rest = { repository, references: [], tags: [], checksReferences: false, actor: "alice" }
  await metadata.manifests.put({ ...record, ...rest, bytes: new TextEncoder().encode("{}") })
  expect(await failureOf(manifests.confirm(record))).toMatchObject({ code: "MANIFEST_UNKNOWN" })
  expect(await failureOf(manifests.read(repository, record))).toMatchObject({ code: "MANIFEST_UNKNOWN" })
  expect((await metadata.scrub.listDamage({ limit: 10 })).items).toMatchObject([{ digest: damaged, state: "open" }])
  expect(await get("v1", true)).toBe(digest)
  await manifests.confirm({ ...record, digest })
})
