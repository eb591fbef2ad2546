export interface Answer {
  status: number
  /** The lines of the header as received, each ended by CRLF. */
  head: string
  body: Buffer
}

export interface ParsedAnswer {
  answer: Answer
  /** Bytes of the buffer that belong to this answer. */
  sizeBytes: number
}

/** Parses one HTTP/1.1 answer at the start of the buffer. Gives `undefined` while it is incomplete. */
export function parseAnswer(buffer: Buffer, isHead: boolean): ParsedAnswer | undefined {
  const headEnd = buffer.indexOf("\r\n\r\n")
  if (headEnd < 0) return undefined
  const head = buffer.toString("latin1", 0, headEnd + 2)
  const status = Number(head.slice(9, 12))
  const start = headEnd + 4
  if (isHead || status === 204 || status === 304) {
    return { answer: { status, head, body: Buffer.alloc(0) }, sizeBytes: start }
  }
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) {
    const end = start + Number(length)
    return buffer.length < end
      ? undefined
      : { answer: { status, head, body: buffer.subarray(start, end) }, sizeBytes: end }
  }
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return parseChunks(buffer, start, { status, head })
  throw new Error(`an answer ${status} with neither length nor chunks`)
}

/** Gives a field of the answer's header. Throws when it is absent. */
export function getField(answer: Answer, name: string): string {
  const found = new RegExp(`^${name}: *(.*)\r$`, "im").exec(answer.head)?.[1]
  if (found === undefined) throw new Error(`an answer ${answer.status} without ${name}`)
  return found
}

function parseChunks(buffer: Buffer, start: number, head: Omit<Answer, "body">): ParsedAnswer | undefined {
  const pieces: Buffer[] = []
  let at = start
  for (;;) {
    const lineEnd = buffer.indexOf("\r\n", at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(buffer.toString("latin1", at, lineEnd), 16)
    const end = lineEnd + 2 + size
    if (buffer.length < end + 2) return undefined
    // Trailers are not expected of a registry: the last chunk is followed by an empty line.
    if (size === 0) return { answer: { ...head, body: Buffer.concat(pieces) }, sizeBytes: end + 2 }
    pieces.push(buffer.subarray(lineEnd + 2, end))
    at = end + 2
  }
}
