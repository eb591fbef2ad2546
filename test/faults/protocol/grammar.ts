// The specification's own expressions: slow on hostile input, and short.

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*"
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`)

export function isName(text: string): boolean {
  return text.length <= 255 && NAME.test(text)
}

export function isTag(text: string): boolean {
  return /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text)
}

export function isDigest(text: string): boolean {
  return /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/.test(text)
}

/** Of Content-Range; `undefined` where it is malformed. */
export function readContentRange(text: string): { start: number; length: number } | undefined {
  const match = /^(?:bytes )?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(text)
  const [start, end] = [Number(match?.[1]), Number(match?.[2])]
  return match === null || end < start ? undefined : { start, length: end - start + 1 }
}

/** Of Range: what is sent of so many bytes. The whole where the header says nothing that is understood. */
export function readRanges(
  text: string | undefined,
  size: number,
  maximum: number,
): [number, number][] | "whole" | "none" {
  const specs = /^bytes=(.*)$/.exec(text ?? "")?.[1]?.split(",") ?? []
  if (specs.length === 0 || specs.length > maximum) return "whole"
  const ranges: [number, number][] = []
  for (const spec of specs) {
    const [, first = "", last = ""] = /^\s*(\d*)-(\d*)\s*$/.exec(spec) ?? []
    if (first === "" && last === "") return "whole"
    const start = first === "" ? Math.max(size - Number(last), 0) : Number(first)
    const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1)
    if (start <= end) ranges.push([start, end])
  }
  const total = ranges.reduce((sum, [start, end]) => sum + end - start + 1, 0)
  if (total > size) return "whole"
  return ranges.length === 0 ? "none" : ranges
}
