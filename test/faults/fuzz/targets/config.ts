import * as fc from "fast-check"
import { ConfigError, InvalidValueError } from "../../../../src/config/config-error.ts"
import { parseDuration, parseLongDuration } from "../../../../src/config/duration.ts"
import { explainConfig } from "../../../../src/config/explain.ts"
import { listKnownKeys } from "../../../../src/config/known-keys.ts"
import { loadConfig } from "../../../../src/config/load-config.ts"
import { parseUrlPattern } from "../../../../src/config/url-pattern.ts"
import { listVariables } from "../../../../src/config/variables.ts"
import { parseYaml, printYaml } from "../../../../src/config/yaml-text.ts"
import { asyncTarget, insist, target } from "../target.ts"
import { anyText, PIECES, textOf } from "../texts.ts"

interface Sources {
  env: Record<string, string>
  text: string
}

async function checkSources({ env, text }: Sources): Promise<void> {
  const sources = { env, file: { path: "config.yml", text } }
  const explanation = await explainConfig(sources)
  try {
    const { config } = await loadConfig(sources)
    insist(config.source === "config.yml" && explanation.problems.length === 0, () => "the explanation has problems")
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    insist(error.problems.length > 0 && !error.message.includes("[object"), () => error.message)
    insist(Bun.deepEquals(explanation.problems, error.problems), () => "the explanation has other problems")
  }
}

const YAML_PIECES = [
  "version: 0.1\n",
  "storage:\n",
  "  inmemory: {}\n",
  "http:\n",
  "  addr: :5000\n",
  "- ",
  "&a ",
  "*a",
  "<<: *a",
  "|",
  ">",
  "'",
  '"',
  "{",
  "}",
  ": ",
  "# ",
  "---\n",
  "!!",
  "\t",
  "\n  ",
]

const file = asyncTarget({
  name: "a configuration file of any text",
  share: 0.005,
  arbitrary: textOf(YAML_PIECES),
  check: (text) => checkSources({ env: {}, text }),
})

const names = listKnownKeys().flatMap(({ key }) => key.split("."))
const scalar = fc.constantFrom(
  null,
  "",
  true,
  0,
  -1,
  1e21,
  "5s",
  ":5000",
  "inmemory",
  "0.1",
  "x",
  "https://[",
  "javascript:0",
)
const { node } = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie("node"), { maxLength: 3 }), tie("tree")),
  tree: fc.dictionary(fc.constantFrom("__proto__", ...names), tie("node"), { maxKeys: 4 }),
}))

const keys = asyncTarget({
  name: "a configuration whose known keys hold anything",
  share: 0.002,
  arbitrary: fc.dictionary(fc.constantFrom("__proto__", ...names), node, { maxKeys: 5 }),
  // JSON is YAML.
  check: (tree) => checkSources({ env: {}, text: JSON.stringify({ version: "0.1", ...tree }) }),
})

const variables = asyncTarget({
  name: "variables that hold anything, over a file",
  share: 0.004,
  arbitrary: fc.dictionary(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...listVariables().filter((name) => !name.endsWith("_FILE"))) },
      { weight: 1, arbitrary: textOf(["REGISTRY_", "HTTP", "STORAGE", "_", "0", "1", "99", "ENDPOINTS", "a"]) },
    ),
    fc.oneof(
      fc.constantFrom("", "5s", ":5000", "true", "[1]", "{a: b}", "0.1", "https://x", "*a"),
      textOf(YAML_PIECES, 4),
    ),
    { maxKeys: 4 },
  ),
  check: (env) => checkSources({ env, text: "version: 0.1\nstorage: { inmemory: {} }\n" }),
})

// At the beginning of a file this one says how it is written.
const plain = anyText.map((text) => text.toWellFormed().replaceAll("\ufeff", ""))

const printed = asyncTarget({
  name: "YAML, which is the same when it is printed and read again",
  arbitrary: fc.dictionary(plain, fc.oneof(plain, fc.constant(null)), { maxKeys: 4 }),
  check: async (tree) => {
    const text = await printYaml(tree)
    const { node: again, errors } = await parseYaml(text)
    insist(
      errors.length === 0 && Bun.deepEquals({ ...(again as object) }, { ...tree }),
      () => `${text} is read as ${JSON.stringify(again)}`,
    )
  },
})

const DURATION_PIECES = [
  "1",
  "0",
  ".",
  "5",
  "w",
  "d",
  "h",
  "m",
  "s",
  "ms",
  "ns",
  "µs",
  "-",
  "+",
  " ",
  "9".repeat(12),
  "e",
]

/** What the parser gives, or `undefined` where it says that the value is none. */
function readValue<T>(parse: (text: string) => T, text: string): T | undefined {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof InvalidValueError) return undefined
    throw error
  }
}

const duration = target({
  name: "durations",
  arbitrary: textOf(DURATION_PIECES, 8),
  check: (text) => {
    const seconds = readValue(parseLongDuration, text)
    const ofGo = readValue(parseDuration, text)
    insist(ofGo === undefined || ofGo === seconds, () => `${text} is two durations`)
    insist(
      seconds === undefined || (Number.isFinite(seconds) && seconds <= 9_223_372_037),
      () => `${text} is ${String(seconds)} s`,
    )
    if (seconds === undefined || seconds < 0 || !Number.isInteger(seconds)) return
    insist(readValue(parseLongDuration, `${seconds}s`) === seconds, () => `${seconds}s is another duration`)
  },
  grow: { pieces: [...PIECES, ...DURATION_PIECES, "1h"], read: (text) => readValue(parseLongDuration, text) },
})

const PATTERN_PIECES = [
  "^",
  "$",
  "https",
  ":",
  "/",
  "\\.",
  ".*",
  "(",
  ")",
  "[",
  "]",
  "?",
  "(?i)",
  "(?P<a>",
  "\\A",
  "\\z",
  "\\pL",
  "|",
  "+",
  "{2}",
]

const pattern = target({
  name: "patterns of URLs",
  arbitrary: textOf(PATTERN_PIECES, 8),
  check: (text) => {
    const found = readValue(parseUrlPattern, text)
    insist(found === undefined || found instanceof RegExp, () => text)
  },
})

export const config = [file, keys, variables, printed, duration, pattern]
