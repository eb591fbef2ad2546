/** Gives a function that tells the line of a key in a file, counted from 1, or that of what the key is in. */
export async function findFileLines(
  text: string | undefined,
): Promise<(path: readonly string[]) => number | undefined> {
  if (text === undefined) return () => undefined
  const { LineCounter, isMap, isScalar, isSeq, parseDocument } = await import("yaml")
  const lineCounter = new LineCounter()
  const { contents } = parseDocument(text, { lineCounter, prettyErrors: false, merge: true, logLevel: "error" })

  function findOffset(node: unknown, [name, ...rest]: readonly string[]): number | undefined {
    if (name === undefined) return undefined
    if (isSeq(node)) {
      const item: unknown = node.items[Number(name)]
      return findOffset(item, rest) ?? offsetOf(item)
    }
    if (!isMap(node)) return undefined
    const pair = node.items.findLast(
      ({ key }) => isScalar(key) && String(key.value).toLowerCase() === name.toLowerCase(),
    )
    return pair === undefined ? undefined : (findOffset(pair.value, rest) ?? offsetOf(pair.key))
  }

  return (path) => {
    // The old place of the level, which counts where the new one says nothing.
    const offset =
      findOffset(contents, path) ?? (path.join(".") === "log.level" ? findOffset(contents, ["loglevel"]) : undefined)
    return offset === undefined ? undefined : lineCounter.linePos(offset).line
  }
}

function offsetOf(node: unknown): number | undefined {
  const range: unknown = typeof node === "object" && node !== null && "range" in node ? node.range : undefined
  const start: unknown = Array.isArray(range) ? range[0] : undefined
  return typeof start === "number" ? start : undefined
}
