import { RegistryError } from "./errors.ts"

/** Where a chunk says it belongs. Both ends are inclusive. */
export interface ContentRange {
  start: number
  end: number
}

/** Reads `<start>-<end>` as the distribution-spec writes it, and `bytes <start>-<end>/<size or *>` as HTTP does. Throws SIZE_INVALID. */
export function parseContentRange(header: string | null): ContentRange | undefined {
  if (header === null) return undefined
  const match = /^(?:bytes[ =])?([0-9]{1,15})-([0-9]{1,15})(?:\/(?:([0-9]{1,15})|\*))?$/i.exec(header.trim())
  const start = Number(match?.[1])
  const end = Number(match?.[2])
  // Above the size there is nothing (RFC 9110, section 14.4). Where none is stated it is without end.
  const size = Number(match?.[3] ?? Number.POSITIVE_INFINITY)
  // An empty chunk has no inclusive end, so it cannot have this field: of `0-0`, the length of the body is one byte.
  if (match === null || end < start || end >= size) {
    throw new RegistryError("SIZE_INVALID", "Content-Range must be <start>-<end>, both inclusive", {
      detail: { range: header.slice(0, 100) },
    })
  }
  return { start, end }
}
