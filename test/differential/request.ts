import type { Bytes } from "../conformance/content.ts"

/** One recorded request. Texts may hold `{name}`: a digest of the scenario's content, `{repository}`, or `{location}`. */
export interface RecordedRequest {
  /** Named in the table of differences and in failures. */
  name: string
  method: string
  /** A path, or `{location}`: the Location of the latest answer that had one. */
  to: string
  /** Appended with `?` or `&`, as a client does. */
  query?: string
  headers?: Readonly<Record<string, string>>
  /** The name of a piece of content, or a text. */
  body?: string
  /** Sent in pieces without a length. */
  isChunked?: boolean
}

/** Requests that are sent in order, to a repository that no other scenario uses. */
export interface Scenario {
  name: string
  content?: Readonly<Record<string, Bytes>>
  requests: readonly RecordedRequest[]
}

/** Fills a text with digests and what was answered before. Throws for a name that nobody gave. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{([a-z-]+)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`nothing is called ${name}`)
    return value
  })
}

export function withQuery(url: string, query: string | undefined): string {
  if (query === undefined) return url
  return `${url}${url.includes("?") ? "&" : "?"}${query}`
}
