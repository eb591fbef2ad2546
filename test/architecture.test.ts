// The shape of src, as a list of what is allowed: a new folder, import or global is placed here on purpose.
import { Glob } from "bun"
import { describe, expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

interface Rule {
  /** Folders and files of src that may be imported besides the layer itself. */
  imports: readonly string[]
  /** Packages and modules of the runtime; `node:*` is all of Node's. */
  modules: readonly string[]
  /** Globals that are out of bounds. */
  without: readonly string[]
}

const PROCESS = ["process", "console"]
const CHANCE = ["Date", "performance", "Math.random", "crypto"]
const WORLD = [...PROCESS, "Bun", "fetch", "setTimeout", "setInterval", "setImmediate", "Worker", "globalThis"]
const PURE = [...WORLD, ...CHANCE]
const BELOW_HTTP = ["domain", "ports", "services", "failpoint.ts"]

/** The layer of a file is the longest of these that its path begins with. */
const LAYERS: Readonly<Record<string, Rule>> = {
  domain: { imports: [], modules: [], without: PURE },
  ports: { imports: ["domain"], modules: [], without: [] },
  // A name for a moment, and nothing else: it may stand wherever something is done.
  "failpoint.ts": { imports: [], modules: [], without: PURE.filter((name) => name !== "globalThis") },
  services: { imports: ["domain", "ports", "failpoint.ts"], modules: ["node:crypto"], without: PURE },
  "adapters/acme": adapter("node:*", "acme-client"),
  "adapters/blob-store": adapter("node:*"),
  "adapters/clock": adapter(),
  "adapters/event-sink": adapter("node:crypto"),
  "adapters/files": adapter("node:*"),
  "adapters/health": adapter("node:*"),
  "adapters/identity": adapter("node:*", "jose/*"),
  "adapters/ids": adapter(),
  "adapters/link-tree": adapter("node:path"),
  "adapters/local-files": adapter("node:*"),
  "adapters/logger": adapter("node:*"),
  "adapters/metrics": adapter("node:*", "prom-client"),
  "adapters/pause": adapter(),
  "adapters/unrecorded": adapter("node:path"),
  "adapters/user": adapter("node:*"),
  "adapters/tracer": adapter("@opentelemetry/*"),
  "adapters/metadata": adapter("node:*", "bun:sqlite", "kysely"),
  http: { imports: [...BELOW_HTTP, "http"], modules: ["ipaddr.js"], without: PROCESS },
  "http/distribution": {
    imports: [...BELOW_HTTP, "http/request-body.ts"],
    modules: [],
    without: [...PROCESS, "Date", "performance"],
  },
  "http/listener": { imports: ["domain", "ports"], modules: ["bun:ffi", "node:*"], without: PROCESS },
  // The management API: its framework is loaded with it, and nothing else needs that.
  "http/api": {
    imports: [...BELOW_HTTP, "contract", "http/error-response.ts"],
    modules: ["@hono/zod-openapi", "hono/body-limit", "hono/http-exception", "node:http"],
    without: PROCESS,
  },
  jobs: { imports: BELOW_HTTP, modules: [], without: [...PROCESS, ...CHANCE, "Bun", "fetch"] },
  cli: { imports: [...BELOW_HTTP, "config", "contract"], modules: ["cli-progress", "commander"], without: PURE },
  contract: { imports: ["domain"], modules: ["@hono/zod-openapi"], without: PURE },
  config: { imports: ["domain"], modules: ["yaml", "zod/mini"], without: PURE },
  compose: {
    imports: [...BELOW_HTTP, "adapters", "http", "jobs", "cli", "config", "threads.ts"],
    modules: ["node:*"],
    without: PROCESS,
  },
  "threads.ts": { imports: ["adapters"], modules: [], without: ["process", "console"] },
  "main.ts": {
    imports: ["cli", "config", "compose", "threads.ts"],
    modules: ["node:*", "../package.json"],
    without: ["console"],
  },
}

/** Adapters know nothing of each other, but for the file calls that they share. */
function adapter(...modules: string[]): Rule {
  return { imports: ["domain", "ports", "adapters/files", "failpoint.ts"], modules, without: PROCESS }
}

const ROOT = join(import.meta.dir, "..")
const SRC = join(ROOT, "src")
const LONGEST_FILE = 400
const USUAL_FILE = 80

/** Parts of a handler's work that several nouns share, and routes that are no noun of their own. */
const NO_NOUNS = ["base", "blob-body", "byte-ranges", "call", "conditional", "listing", "route", "routes", "search"]

const transpiler = new Bun.Transpiler({ loader: "ts" })
const files = [...new Glob("**/*.ts").scanSync(SRC)].sort()
const isTestCode = (path: string) => /\.(test|contract)\.ts$|[/-]testing\.ts$/.test(path)
const program = files.filter((path) => !isTestCode(path))

function read(path: string): string {
  return readFileSync(join(SRC, path), "utf8")
}

const isBelow = (path: string, place: string) => path === place || path.startsWith(`${place}/`)

function findLayer(path: string): string | undefined {
  return Object.keys(LAYERS)
    .filter((layer) => isBelow(path, layer))
    .sort((a, b) => b.length - a.length)[0]
}

/** What a file imports, types as well: paths below src, and names of modules. */
function listImports(path: string): string[] {
  const text = read(path)
  const patterns = [
    /^(?:import|export) [^"'=;()]*?from "([^"]+)"/gm,
    /^import "([^"]+)"/gm,
    /\bimport\("([^"]+)"\)/g,
    /new URL\("([^"]+)", import\.meta\.url\)/g,
  ]
  const names = patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = ""]) => name))
  return names.map((name) => (name.startsWith("./") || name.startsWith("../") ? resolve(path, name) : name))
}

function resolve(path: string, name: string): string {
  return join(dirname(path), name)
}

function isAllowed(layer: string, { imports, modules }: Rule, imported: string): boolean {
  const target = findLayer(imported)
  if (target === layer) return true
  if (imports.some((place) => isBelow(imported, place))) return true
  return modules.some((module) =>
    module.endsWith("*") ? imported.startsWith(module.slice(0, -1)) : imported === module,
  )
}

/** The code alone: no types, comments or texts. */
function readCode(path: string): string {
  const code = transpiler.transformSync(read(path)).replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""')
  return code.replaceAll(/`(?:[^`\\]|\\.)*`/g, (template) => (template.match(/\$\{[^}]*\}/g) ?? []).join(" "))
}

describe("the dependency rule", () => {
  test("every file belongs to a layer that is named here, and every layer is there", () => {
    expect(files.filter((path) => findLayer(path) === undefined)).toEqual([])
    expect(Object.keys(LAYERS).filter((layer) => !existsSync(join(SRC, layer)))).toEqual([])
  })

  test("every import is seen", () => {
    for (const path of files) {
      const seen = listImports(path)
      const executed = transpiler.scanImports(read(path)).map((each) => each.path)
      const missed = executed.filter((name) => !seen.includes(name.startsWith(".") ? resolve(path, name) : name))
      expect({ path, missed }).toEqual({ path, missed: [] })
    }
  })

  test.each(Object.entries(LAYERS))("%s imports what it may, and nothing else", (layer, rule) => {
    const own = program.filter((path) => findLayer(path) === layer)
    const wrong = own.flatMap((path) =>
      listImports(path)
        .filter((imported) => !isAllowed(layer, rule, imported))
        .map((imported) => `${path} imports ${imported}`),
    )
    expect(wrong).toEqual([])
  })

  test.each(Object.entries(LAYERS))("%s leaves alone what is out of its bounds", (layer, { without }) => {
    const own = program.filter((path) => findLayer(path) === layer)
    const wrong = own.flatMap((path) => {
      const code = readCode(path)
      return without
        .filter((name) => new RegExp(`(?<![\\w$.])${name.replace(".", "\\.")}(?![\\w$]|\\s*:)`).test(code))
        .map((name) => `${path} uses ${name}`)
    })
    expect(wrong).toEqual([])
  })

  test("ports are types alone", () => {
    const withCode = program.filter((path) => findLayer(path) === "ports" && readCode(path).trim() !== "")
    expect(withCode).toEqual([])
  })

  test("test code stays out of the program, and composes nothing but what it tests", () => {
    const wrong = files.flatMap((path) =>
      listImports(path)
        .filter((imported) =>
          isTestCode(path)
            ? isBelow(imported, "compose") || isBelow(imported, "main.ts")
            : isTestCode(imported) || imported.startsWith("../test/") || imported === "bun:test",
        )
        .map((imported) => `${path} imports ${imported}`),
    )
    expect(wrong).toEqual([])
  })

  test("a port's contract knows no adapter", () => {
    const contracts = files.filter((path) => path.endsWith(".contract.ts"))
    const allowed = ["domain", "ports", "bun:test", "fast-check", "node:crypto"]
    const wrong = contracts.flatMap((path) =>
      listImports(path).filter((imported) => !allowed.some((place) => isBelow(imported, place))),
    )
    expect(wrong).toEqual([])
  })

  test("no file needs itself, by way of others", () => {
    expect(findCycle()).toBeUndefined()
  })
})

/** What one file runs of another; types leave no trace in a program. */
function listNeeded(path: string): string[] {
  return transpiler.scanImports(read(path)).map(({ path: name }) => resolve(path, name))
}

function findCycle(): string | undefined {
  const done = new Set<string>()
  function visit(path: string, trail: readonly string[]): string | undefined {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(" → ")
    if (done.has(path)) return undefined
    for (const imported of listNeeded(path)) {
      const cycle = files.includes(imported) ? visit(imported, [...trail, path]) : undefined
      if (cycle !== undefined) return cycle
    }
    done.add(path)
    return undefined
  }
  for (const path of files) {
    const cycle = visit(path, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

describe("files", () => {
  test(`none has more than ${LONGEST_FILE} lines, and half of them fewer than ${USUAL_FILE}`, () => {
    const lengths = program.map((path) => ({ path, lines: read(path).split("\n").length - 1 }))
    expect(lengths.filter(({ lines }) => lines > LONGEST_FILE)).toEqual([])
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(USUAL_FILE)
  })

  test("every noun of the protocol has its handler and its service under one name", () => {
    const handlers = program.filter((path) => path.startsWith("http/distribution/")).map((path) => path.slice(18, -3))
    const nouns = handlers.filter((name) => !NO_NOUNS.includes(name))
    expect(nouns).toEqual(expect.arrayContaining(["blobs", "manifests", "tags"]))
    expect(nouns.filter((noun) => !files.includes(`services/${noun}.ts`))).toEqual([])
    expect(NO_NOUNS.filter((name) => !handlers.includes(name))).toEqual([])
  })

  test("every noun of the metadata has its adapter and its contract under one name", () => {
    const nouns = program.filter((path) => path.startsWith("ports/metadata/")).map((path) => path.slice(15, -3))
    expect(nouns).toContain("tags")
    expect(nouns.filter((noun) => !files.includes(`adapters/metadata/${noun}.ts`))).toEqual([])
    expect(nouns.filter((noun) => !files.includes(`ports/metadata/${noun}.contract.ts`))).toEqual([])
  })
})

describe("ARCHITECTURE.md", () => {
  const page = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8")

  test("names in its tree only what is there, and each folder of src", () => {
    const paths = readTree(page)
    expect(paths.length).toBeGreaterThan(30)
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    const folders = new Set(files.map((path) => `src/${path.split("/")[0]}`))
    expect([...folders].filter((path) => !paths.includes(path))).toEqual([])
  })

  test("says of each layer whether it may import failpoint.ts", () => {
    const said = [...page.matchAll(/^\| ([a-z, ]+) \| ([^|]+) \| [^|]+ \|$/gm)].flatMap(
      ([, names = "", imports = ""]) =>
        names.split(", ").map((name) => ({ name, isAllowed: /failpoint\.ts|^all but/.test(imports) })),
    )
    expect(said.length).toBeGreaterThan(8)
    const isAllowed = (name: string) =>
      Object.entries(LAYERS).some(([layer, { imports }]) => layer.startsWith(name) && imports.includes("failpoint.ts"))
    expect(said).toEqual(said.map(({ name }) => ({ name, isAllowed: isAllowed(name) })))
  })

  test("names in its text only what is there", () => {
    const spans = [...page.matchAll(/`([^`\s]+)`/g)].map(([, text = ""]) => text)
    const paths = spans.filter((text) => /^(?:src|test|bench|scripts|docs|bin)\//.test(text))
    const names = spans.filter((text) => /^[\w-]+\.ts$/.test(text))
    expect(paths.length + names.length).toBeGreaterThan(20)
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    expect(names.filter((name) => !files.some((path) => path.endsWith(`/${name}`)))).toEqual([])
  })
})

/** The paths of the first block: a folder's lines are indented below it, and what follows two spaces is a remark. */
function readTree(page: string): string[] {
  const lines = /```\n(.*?)```/s.exec(page)?.[1]?.trimEnd().split("\n") ?? []
  const above: string[] = []
  return lines.flatMap((line) => {
    const depth = line.search(/\S/) / 2
    const names = line.trim().split("  ")[0]?.split(" ") ?? []
    above.length = depth
    above.push((names[0] ?? "").replace("/", ""))
    return names.map((name) => [...above.slice(0, depth), name.replace("/", "")].join("/"))
  })
}
