import { RegistryError } from "./errors.ts"

/** Where a chunk says it belongs. Both ends are inclusive. */
export interface ContentRange {
  start: number
  end: number
}

/** Reads `<start>-<end>` as the distribution-spec writes it, and `bytes <start>-<end>/<size or *>` as HTTP does. Throws SIZE_INVALID. */
export function parseContentRange(header: string | null): ContentRange | undefined {
  if (header === null) return undefined
  const match = /^(?:bytes[ =])?([0-9]{1,15})-([0-9]{1,15})(?:\/(?:[0-9]{1,15}|\*))?$/.exec(header.trim())
  const start = Number(match?.[1])
  const end = Number(match?.[2])
  // An empty chunk has no inclusive end: `0-0` and `0--1` are seen; the first is read with the length of the body.
  if (match === null || end < start) {
    throw new RegistryError("SIZE_INVALID", "Content-Range must be <start>-<end>, both inclusive", {
      detail: { range: header.slice(0, 100) },
    })
  }
  return { start, end }
}
