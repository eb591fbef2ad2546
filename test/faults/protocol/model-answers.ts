import type { Answer, Question } from "./question.ts"

const API = { "docker-distribution-api-version": "registry/2.0" }

export function fail(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...API, "content-type": "application/json", ...headers }, body: code }
}

export function empty(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...API, "content-length": "0", ...headers }, body: "" }
}

export function bodiless(status: number, headers: Record<string, string>): Answer {
  return { status, headers: { ...API, ...headers }, body: "" }
}

export function withBody(
  { method }: Question,
  status: number,
  headers: Record<string, string>,
  body: string | Uint8Array,
): Answer {
  const sent = toLatin1(body)
  const length = { "content-length": String(sent.length) }
  return { status, headers: { ...API, ...headers, ...length }, body: method === "HEAD" ? "" : sent }
}

/** One character for each byte that is sent. */
function toLatin1(body: string | Uint8Array): string {
  return Buffer.from(body as string).toString("latin1")
}

interface Parts {
  headers: Record<string, string>
  /** Of the whole. */
  bytes: Uint8Array
  /** First and last byte of each. */
  ranges: [number, number][]
}

/** RFC 9110, section 14: one range alone, or several as parts of one body. */
export function withRanges(question: Question, { headers, bytes, ranges }: Parts): Answer {
  const parts = ranges.map(([start, end]) => ({
    range: `bytes ${start}-${end}/${bytes.length}`,
    content: bytes.subarray(start, end + 1),
  }))
  const [only, ...others] = parts
  if (only !== undefined && others.length === 0)
    return withBody(question, 206, { ...headers, "content-range": only.range }, only.content)
  const body = parts.map(
    ({ range, content }) =>
      `\r\n--BOUNDARY\r\nContent-Type: application/octet-stream\r\nContent-Range: ${range}\r\n\r\n${toLatin1(content)}`,
  )
  const type = { "content-type": "multipart/byteranges; boundary=BOUNDARY" }
  return { status: 206, headers: { ...API, ...headers, ...type }, body: `${body.join("")}\r\n--BOUNDARY--\r\n` }
}
