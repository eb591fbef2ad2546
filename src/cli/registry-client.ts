import { isDigest, type Digest } from "../domain/digest.ts"
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  DOCKER_SCHEMA1_SIGNED,
  essence,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../domain/media-type.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { RegistryClient } from "../ports/registry-client.ts"
import type { Operator } from "./operator.ts"

const MANIFESTS = [OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST, DOCKER_SCHEMA1_SIGNED].join(", ")
const PAGE = 1000

/** The registry as its clients have it, asked in the operator's name: what goes in is checked as what they push is. */
export function createRegistryClient(operator: Pick<Operator, "ask">, signal: AbortSignal): RegistryClient {
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    return operator.ask(new Request(`http://berth${path}`, { ...init, signal }))
  }

  /** `undefined` for what is not there. Rejects with what the registry says for all else. */
  async function get(path: string, init: RequestInit = {}): Promise<Response | undefined> {
    const response = await send(path, init)
    if (response.ok) return response
    if (response.status !== 404) throw await refusal(response, path)
    await response.body?.cancel()
    return undefined
  }

  async function expect(path: string, init: RequestInit): Promise<Response> {
    const response = await send(path, init)
    if (!response.ok) throw await refusal(response, path)
    return response
  }

  async function* listAll(path: string, key: string): AsyncGenerator<string> {
    for (let last: string | undefined, hasMore = true; hasMore;) {
      const query = new URLSearchParams({ n: String(PAGE), ...(last !== undefined && { last }) })
      const page = await get(`${path}?${query.toString()}`)
      if (page === undefined) return
      const items = ((await page.json()) as Record<string, string[]>)[key] ?? []
      yield* items
      last = items.at(-1)
      hasMore = page.headers.has("link") && last !== undefined
    }
  }

  return {
    listRepositories: () => listAll("/v2/_catalog", "repositories") as AsyncGenerator<RepositoryName>,
    listTags: (repository) => listAll(`/v2/${repository}/tags/list`, "tags"),
    listReferrers: async function* (repository, digest) {
      for (let path: string | undefined = `/v2/${repository}/referrers/${digest}`; path !== undefined;) {
        const page: Response | undefined = await get(path)
        if (page === undefined) return
        const { manifests } = (await page.json()) as { manifests: { digest: Digest }[] }
        for (const each of manifests) yield each.digest
        path = pathOf(/<([^>]+)>/.exec(page.headers.get("link") ?? "")?.[1])
      }
    },
    findManifest: async (repository, reference) => {
      const found = await get(`/v2/${repository}/manifests/${reference}`, { headers: { Accept: MANIFESTS } })
      if (found === undefined) return undefined
      const digest = readDigest(found)
      return { digest, mediaType: essence(found.headers.get("content-type") ?? ""), bytes: await found.bytes() }
    },
    findDigest: async (repository, reference) => {
      const headers = { Accept: MANIFESTS }
      const found = await get(`/v2/${repository}/manifests/${reference}`, { method: "HEAD", headers })
      return found && readDigest(found)
    },
    findBlobSize: async (repository, digest) => {
      const found = await get(`/v2/${repository}/blobs/${digest}`, { method: "HEAD" })
      return found && Number(found.headers.get("content-length"))
    },
    readBlob: async function* (repository, digest) {
      const found = await expect(`/v2/${repository}/blobs/${digest}`, {})
      yield* found.body ?? []
    },
    putBlob: async (repository, digest, openBody) => {
      const begun = await expect(`/v2/${repository}/blobs/uploads/?mount=${digest}`, { method: "POST" })
      if (begun.status === 201) return false
      const path = pathOf(begun.headers.get("location")) ?? ""
      let failure: { error: unknown } | undefined
      try {
        const body = toStream(openBody(), (error) => (failure = { error }))
        const headers = { "Content-Type": "application/octet-stream" }
        await expect(`${path}${path.includes("?") ? "&" : "?"}digest=${digest}`, { method: "PUT", body, headers })
        return true
      } catch (error) {
        await operator.ask(new Request(`http://berth${path}`, { method: "DELETE" })).catch(() => undefined)
        // The registry knows only that the body has ended too soon.
        throw failure === undefined ? error : failure.error
      }
    },
    putManifest: async (repository, reference, { mediaType, bytes }) => {
      const headers = { "Content-Type": mediaType }
      await expect(`/v2/${repository}/manifests/${reference}`, { method: "PUT", body: bytes.slice(), headers })
    },
  }
}

/** Each piece is asked for when the one before has been taken. */
function toStream(body: AsyncIterable<Uint8Array>, onError: (error: unknown) => void): ReadableStream<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { value, done } = await pieces.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        onError(error)
        throw error
      }
    },
    cancel: async () => {
      await pieces.return?.()
    },
  })
}

function readDigest({ headers, url }: Response): Digest {
  const digest = headers.get("docker-content-digest") ?? ""
  if (!isDigest(digest)) throw new Error(`the registry gives no digest for ${url}`)
  return digest
}

/** Whatever host is before it: the request goes to the same server. */
function pathOf(location: string | null | undefined): string | undefined {
  return /\/v2\/.*/.exec(location ?? "")?.[0]
}

async function refusal(response: Response, path: string): Promise<Error> {
  const text = await response.text()
  let message = text.slice(0, 200)
  try {
    const { errors } = JSON.parse(text) as { errors: { message: string; detail?: unknown }[] }
    const [first] = errors
    message = `${first?.message ?? ""}${first?.detail === undefined ? "" : ` ${JSON.stringify(first.detail).slice(0, 300)}`}`
  } catch {
    // No error of a registry's: its text tells what there is to tell.
  }
  return new Error(`${path.split("?")[0] ?? ""}: ${response.status} ${message}`)
}
