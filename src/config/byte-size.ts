import { InvalidValueError } from "./config-error.ts"
import type { ValueType } from "./values.ts"

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/** Reads `10MiB`, `500KB` or a plain number of bytes. Throws InvalidValueError. */
export function parseByteSize(text: string): number {
  const [, amount = "", unit = ""] = /^(\d{1,12})([A-Za-z]{0,3})$/.exec(text) ?? []
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined
  if (amount === "" || factor === undefined) throw new InvalidValueError("not a number of bytes")
  return Number(amount) * factor
}

/** In bytes, from `minimum` on. */
export function byteSize(minimum: string): ValueType<number> {
  return {
    allowed: `a number of bytes such as 10MiB or 500KB, at least ${minimum}`,
    parse: (value) => {
      const bytes = parseByteSize(value)
      if (bytes < parseByteSize(minimum)) throw new InvalidValueError("too few")
      return bytes
    },
  }
}
