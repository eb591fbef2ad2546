export interface ShapeLimits {
  depth: number
  /** Of all that is there outside of white space: see `createShapeCheck`. */
  weight: number
}

export type ShapeCheck = (bytes: Uint8Array, limits: ShapeLimits) => "bounded" | "deep" | "heavy"

// To JSON.parse a text that it has not met costs up to half a microsecond, ten times as much as one that it has, a bracket
// or a digit.
const NEW_TEXT = 8
const USUAL_TEXT = 1

const BLANK = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Makes a check of what JSON.parse would have to do, which nothing can interrupt: one pass over the bytes, whose cost is
 * bounded too. A text weighs 8, one of the `usual` ones 1; so does every byte outside of texts that is not white space, and
 * every escape. Bytes that are no JSON are for JSON.parse to refuse.
 */
export function createShapeCheck(usual: readonly string[]): ShapeCheck {
  const isUsual = createTextLookup(usual)

  return (bytes, limits) => {
    let depth = 0
    let weight = 0
    let escape = findByte(bytes, BACKSLASH, 0)
    let position = 0
    while (position < bytes.length && weight <= limits.weight) {
      const byte = bytes[position++] ?? 0
      if (byte <= BLANK) {
        while ((bytes[position] ?? QUOTE) <= BLANK) position++
        continue
      }
      if (byte === QUOTE) {
        let end = findByte(bytes, QUOTE, position)
        while (escape < end && weight <= limits.weight) {
          weight++
          if (escape + 1 === end) end = findByte(bytes, QUOTE, end + 1)
          escape = findByte(bytes, BACKSLASH, escape + 2)
        }
        weight += isUsual(bytes, position, end) ? USUAL_TEXT : NEW_TEXT
        position = end + 1
        continue
      }
      weight++
      // `[` and `{`, then `]` and `}`: they differ in one bit.
      if ((byte | 0x20) === 0x7b) depth++
      else if ((byte | 0x20) === 0x7d) depth--
      if (depth > limits.depth) return "deep"
    }
    return weight > limits.weight ? "heavy" : "bounded"
  }
}

/** The length where there is none. */
function findByte(bytes: Uint8Array, byte: number, from: number): number {
  const position = bytes.indexOf(byte, from)
  return position < 0 ? bytes.length : position
}

function createTextLookup(texts: readonly string[]): (bytes: Uint8Array, start: number, end: number) => boolean {
  const byLength: Uint8Array[][] = []
  for (const text of texts) (byLength[text.length] ??= []).push(new TextEncoder().encode(text))

  return (bytes, start, end) => {
    for (const text of byLength[end - start] ?? []) {
      let length = 0
      while (length < text.length && text[length] === bytes[start + length]) length++
      if (length === text.length) return true
    }
    return false
  }
}
