import type { SettingNode } from "./setting-tree.ts"

export interface ParsedYaml {
  /** What could be read, errors or not. */
  readonly node: SettingNode
  readonly errors: readonly YamlNote[]
  /** What distribution's parser lets pass without a word. */
  readonly warnings: readonly YamlNote[]
}

interface YamlNote {
  /** Absent when the parser cannot tell. */
  readonly place?: YamlPlace
  readonly message: string
}

/** Counted from 1. */
export interface YamlPlace {
  readonly line: number
  readonly column: number
}

const TOLERATED: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key was there before; the last one counts",
  MULTIPLE_DOCS: "a second document begins; only the first counts",
}

/** Reads YAML with every scalar as its text. Never throws. The parser is loaded when first used: it takes a while. */
export async function parseYaml(text: string): Promise<ParsedYaml> {
  const { LineCounter, parseDocument } = await import("yaml")
  const lineCounter = new LineCounter()
  try {
    const document = parseDocument(text, {
      schema: "failsafe",
      customTags: ["null", "merge"],
      merge: true,
      prettyErrors: false,
      lineCounter,
      logLevel: "error",
    })
    const notes = document.errors.map(({ code, message, pos }) => {
      const { line, col: column } = lineCounter.linePos(pos[0])
      return { code, place: { line, column }, message: TOLERATED[code] ?? message }
    })
    return {
      node: document.toJS() as SettingNode,
      errors: notes.filter(({ code }) => !(code in TOLERATED)),
      warnings: notes.filter(({ code }) => code in TOLERATED),
    }
  } catch (error) {
    // An alias without its anchor, or so many aliases that they look like an attack.
    return { node: null, errors: [{ message: error instanceof Error ? error.message : String(error) }], warnings: [] }
  }
}

/** Writes what parseYaml reads to the same texts. */
export async function printYaml(node: SettingNode): Promise<string> {
  const { Document } = await import("yaml")
  return new Document(node, { schema: "failsafe", customTags: ["null"], merge: false }).toString({ lineWidth: 0 })
}

const WORD = /[\w./:@=+~-]*[\w./@=+~-]/.source
const PLAIN = new RegExp(`^(?!---|\\.\\.\\.|[@~]|[:-](?:[ :]|$))${WORD}(?: ${WORD})*$`)

/** Reads a scalar that needs no YAML parser. Gives `undefined` where one is needed. */
export function findPlainScalar(text: string): string | null | undefined {
  if (/^(?:~|null|Null|NULL)?$/.test(text)) return null
  return PLAIN.test(text) ? text : undefined
}
