/** Bytes of a blob: `length` bytes from `start`. */
export interface ByteRange {
  start: number
  length: number
}

/**
 * What a Range header asks of `sizeBytes` stored bytes (RFC 9110, section 14). `undefined`: answer with the whole (no
 * header, another unit, malformed, more than `maximum` ranges, or ranges that together are more than the whole);
 * `unsatisfiable`: 416; otherwise the ranges in the order asked for.
 */
export function parseByteRanges(
  header: string | null,
  sizeBytes: number,
  maximum: number,
): ByteRange[] | "unsatisfiable" | undefined {
  if (header === null || !header.toLowerCase().startsWith("bytes=")) return undefined
  const specs = header.slice(6).split(",", maximum + 1)
  if (specs.length > maximum) return undefined
  const ranges: ByteRange[] = []
  for (const spec of specs) {
    const parsed = parseSpec(spec.trim())
    if (parsed === undefined) return undefined
    const range = parsed === "reversed" ? undefined : resolve(parsed, sizeBytes)
    if (range !== undefined) ranges.push(range)
  }
  const askedBytes = ranges.reduce((sum, { length }) => sum + length, 0)
  // Ranges that overlap over and over would make a short request a long answer.
  if (askedBytes > sizeBytes) return undefined
  return ranges.length === 0 ? "unsatisfiable" : ranges
}

interface RangeSpec {
  first: number | undefined
  last: number | undefined
}

function parseSpec(text: string): RangeSpec | "reversed" | undefined {
  const match = /^([0-9]*)-([0-9]*)$/.exec(text)
  if (match === null || text === "-") return undefined
  const [, first = "", last = ""] = match
  if (first !== "" && last !== "" && Number(last) < Number(first)) return "reversed"
  return { first: first === "" ? undefined : Number(first), last: last === "" ? undefined : Number(last) }
}

function resolve({ first, last }: RangeSpec, sizeBytes: number): ByteRange | undefined {
  if (first === undefined) {
    const length = Math.min(last ?? 0, sizeBytes)
    return length === 0 ? undefined : { start: sizeBytes - length, length }
  }
  if (first >= sizeBytes) return undefined
  return { start: first, length: Math.min(last ?? sizeBytes - 1, sizeBytes - 1) - first + 1 }
}
