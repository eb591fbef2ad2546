import { expect } from "bun:test"
import { startBerth, type BerthOptions } from "../support/berth.ts"
import { DOCKER_IMAGE, DOCKER_LIST, OCI_IMAGE, OCI_INDEX, type Bytes } from "./content.ts"

/** Other registries answer 404 to a client that does not list the stored type. */
const MANIFEST_TYPES = [OCI_IMAGE, OCI_INDEX, DOCKER_IMAGE, DOCKER_LIST]

export interface SendOptions {
  headers?: Record<string, string>
  body?: Bytes | string | ReadableStream<Uint8Array>
}

export interface Registry {
  url: string
  /** `target` is a path, or a Location that the registry gave. Redirects are not followed, bodies not decoded. */
  send(method: string, target: string, options?: SendOptions): Promise<Response>
  stop(): Promise<unknown>
}

/**
 * Starts Berth with its default configuration. `CONFORMANCE_TARGET=http://HOST:PORT` has the tests that need no
 * configuration of their own run against a registry that is already there.
 */
export async function startRegistry(options?: BerthOptions): Promise<Registry> {
  const target = process.env["CONFORMANCE_TARGET"]
  if (target !== undefined && options === undefined)
    return createRegistry(target, { accept: MANIFEST_TYPES.join(", ") })
  const berth = await startBerth(options)
  return { ...createRegistry(berth.url), stop: () => berth.stop() }
}

export function createRegistry(url: string, headers: Record<string, string> = {}): Registry {
  return {
    url,
    send: (method, target, options = {}) =>
      fetch(new URL(target, url), {
        method,
        headers: { ...headers, ...options.headers },
        redirect: "manual",
        decompress: false,
        // Over TLS the certificate is one of the test's own making.
        tls: { rejectUnauthorized: false },
        ...(options.body === undefined ? {} : { body: options.body }),
      }),
    stop: () => Promise.resolve(),
  }
}

export function withBasicAuth(registry: Registry, user: string, password: string): Registry {
  return createRegistry(registry.url, { authorization: `Basic ${btoa(`${user}:${password}`)}` })
}

/** A repository name that no other test uses. */
export function freshRepository(topic: string): string {
  return `conformance/${topic}-${crypto.randomUUID().slice(0, 8)}`
}

export function headerOf(response: Response, name: string): string {
  const value = response.headers.get(name)
  if (value === null) throw new Error(`the ${response.status} answer of ${response.url} has no ${name} header`)
  return value
}

export function locationOf(response: Response): string {
  return headerOf(response, "location")
}

export async function bytesIn(response: Response): Promise<Bytes> {
  return new Uint8Array(await response.arrayBuffer())
}

interface ErrorBody {
  errors: { code: string; message?: string; detail?: unknown }[]
}

/** Checks status, type and form of an error answer (distribution-spec, "Error Codes") and gives its first error. */
export async function expectError(
  response: Response,
  status: number,
  code: string,
): Promise<ErrorBody["errors"][number]> {
  const text = await response.text()
  expect({ status: response.status, body: text }).toEqual({ status, body: expect.stringContaining(code) })
  expect(response.headers.get("content-type")).toStartWith("application/json")
  const [first] = (JSON.parse(text) as ErrorBody).errors
  if (first === undefined) throw new Error(`no error in ${text}`)
  expect(first.code).toBe(code)
  return first
}
