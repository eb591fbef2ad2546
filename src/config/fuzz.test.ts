import { expect, test } from "bun:test"
import * as fc from "fast-check"
import { ConfigError } from "./config-error.ts"
import { explainConfig } from "./explain.ts"
import { listKnownKeys } from "./known-keys.ts"
import { loadConfig } from "./load-config.ts"

async function expectOnlyConfigErrors(text: string): Promise<void> {
  const explanation = await explainConfig({ env: {}, file: { path: "config.yml", text } })
  try {
    const { config } = await loadConfig({ env: {}, file: { path: "config.yml", text } })
    expect(config.source).toBe("config.yml")
    expect(explanation.problems).toEqual([])
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.problems.length).toBeGreaterThan(0)
    expect(explanation.problems).toEqual(error.problems)
    expect(error.message).not.toContain("[object")
  }
}

test("loadConfig() rejects with nothing but a ConfigError, whatever the file holds", async () => {
  await fc.assert(fc.asyncProperty(fc.string(), expectOnlyConfigErrors))
})

test("loadConfig() rejects with nothing but a ConfigError, whatever the known keys hold", async () => {
  const name = fc.constantFrom("__proto__", ...listKnownKeys().flatMap(({ key }) => key.split(".")))
  const scalar = fc.constantFrom(null, "", true, 0, -1, 1e21, "5s", ":5000", "inmemory", "0.1", "x")
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie("node"), { maxLength: 3 }), tie("tree")),
    tree: fc.dictionary(name, tie("node"), { maxKeys: 4 }),
  }))
  const tree = fc.dictionary(name, node, { maxKeys: 5 })
  await fc.assert(
    // JSON is YAML.
    fc.asyncProperty(tree, (keys) => expectOnlyConfigErrors(JSON.stringify({ version: "0.1", ...keys }))),
    { numRuns: 300 },
  )
})
