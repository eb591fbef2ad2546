import { RegistryError } from "./errors.ts"

/** A part of a listing in byte order: at most `limit` entries that come after `last`. */
export interface PageRequest {
  limit: number
  last?: string
}

export interface Page<T> {
  items: T[]
  /** Whether entries follow the last one given. */
  hasMore: boolean
}

/** Reads `n` of a listing. Throws PAGE_SIZE_INVALID for what is not a plain decimal number; above `maximum` it gives `maximum`. */
export function parsePageSize(values: string[], maximum: number): number | undefined {
  const [text, ...others] = values
  if (text === undefined) return undefined
  if (others.length > 0 || !/^[0-9]{1,19}$/.test(text)) {
    throw new RegistryError("PAGE_SIZE_INVALID", "n must be one decimal number, zero or more", {
      detail: { n: text.slice(0, 100) },
    })
  }
  return Math.min(Number(text), maximum)
}
