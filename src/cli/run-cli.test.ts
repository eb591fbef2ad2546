import { describe, expect, test } from "bun:test"
import type { CliDependencies } from "./dependencies.ts"
import { runCli } from "./run-cli.ts"

const FILES: Readonly<Record<string, string>> = {
  "config.yml": "version: 0.1\nstorage: {filesystem: {rootdirectory: /data}}\nhttp: {addr: ':80'}\n",
  "broken.yml": "version: 0.1\nhttp:\n\taddr: 5\n",
  "wrong.yml": "version: 0.1\nstorage: inmemory\nlimits: {uploads: 0, upload: 1}\n",
}

interface Overrides {
  env?: Record<string, string>
  serve?: CliDependencies["serve"]
}

async function run(argv: string[], { env = {}, serve }: Overrides = {}) {
  const seen = {
    code: -1,
    out: "",
    err: "",
    opened: 0,
    served: [] as (string | undefined)[],
    warnings: [] as readonly string[],
  }
  seen.code = await runCli({
    argv,
    env,
    version: "1.2.3",
    readFile: (path) => {
      const text = FILES[path]
      if (text !== undefined) return Promise.resolve(text)
      return Promise.reject(Object.assign(new Error(`ENOENT: no such file, open '${path}'`), { code: "ENOENT" }))
    },
    wait: () => Promise.resolve(),
    now: () => 0,
    onInterrupt: () => () => undefined,
    isTerminal: false,
    ask: () => Promise.resolve(""),
    openOperator: () => {
      seen.opened++
      return Promise.reject(new Error("there is no store"))
    },
    serve:
      serve ??
      (({ config, warnings }) => {
        seen.served.push(config.source)
        seen.warnings = warnings
        return Promise.resolve(7)
      }),
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
  })
  return seen
}

describe("serve", () => {
  test.each([
    [["serve"], undefined],
    [["serve", "config.yml"], "config.yml"],
    [["config.yml"], "config.yml"],
    [["serve", "--", "config.yml"], "config.yml"],
    [["serve", "--config", "config.yml"], "config.yml"],
    [["--config", "config.yml", "serve"], "config.yml"],
    [["-c", "wrong.yml", "serve", "-c", "config.yml"], "config.yml"],
  ])("%p serves and gives the server's exit code", async (argv, source) => {
    expect(await run(argv)).toMatchObject({ code: 7, served: [source], err: "" })
  })

  test("reads the file that REGISTRY_CONFIGURATION_PATH names, unless there is an argument", async () => {
    const env = { REGISTRY_CONFIGURATION_PATH: "config.yml" }
    expect(await run(["serve"], { env })).toMatchObject({ served: ["config.yml"] })
    expect(await run(["serve", "other.yml"], { env })).toMatchObject({ code: 2, served: [] })
    expect(await run(["serve"], { env: { REGISTRY_CONFIGURATION_PATH: "" } })).toMatchObject({ served: [undefined] })
  })

  test("hands the warnings on", async () => {
    const { warnings } = await run(["serve"], { env: { REGISTRY_HTTP_ADR: "x" } })
    expect(warnings).toHaveLength(1)
  })
})

describe("a configuration that cannot be used gives exit code 2 and says why:", () => {
  test("a file that cannot be read", async () => {
    const { code, err } = await run(["serve", "missing.yml"])
    expect(code).toBe(2)
    expect(err).toBe("berth: cannot read the configuration missing.yml: ENOENT: no such file, open 'missing.yml'\n")
  })

  test("a mistake in YAML, with line and column", async () => {
    const { code, err } = await run(["serve", "broken.yml"])
    expect(code).toBe(2)
    expect(err).toStartWith("berth: the configuration cannot be used:\n  broken.yml:3:1: Tabs")
  })

  test("values that are not allowed, one line each", async () => {
    const { code, err } = await run(["serve", "wrong.yml"])
    expect(code).toBe(2)
    expect(err.trim().split("\n")).toHaveLength(3)
  })
})

describe("a server that fails gives exit code 1", () => {
  test("with the system's message alone", async () => {
    const failure = Object.assign(new Error("port 5000 is in use"), { code: "EADDRINUSE" })
    const { code, err } = await run(["serve"], { serve: () => Promise.reject(failure) })
    expect({ code, err }).toEqual({ code: 1, err: "berth: cannot serve: port 5000 is in use\n" })
  })

  test("with the stack of a fault of the program", async () => {
    const { code, err } = await run(["serve"], { serve: () => Promise.reject(new TypeError("oops")) })
    expect(code).toBe(1)
    expect(err).toContain("run-cli.test.ts")
  })
})

describe("garbage-collect", () => {
  test.each([
    ["garbage-collect -q config.yml"],
    ["garbage-collect --delete-untagged=true -d=true config.yml"],
    ["-c config.yml garbage-collect -q"],
    ["-c config.yml garbage-collect --dry-run=true"],
    ["-cconfig.yml garbage-collect --dry-run=true"],
    ["--config config.yml garbage-collect -d=1 config.yml"],
    ["--config=config.yml garbage-collect -m=false"],
    ["garbage-collect --config config.yml -d"],
    ["garbage-collect -c config.yml --dry-run=true config.yml"],
    ["garbage-collect --config=config.yml -dm=false"],
    ["-c missing.yml garbage-collect -c config.yml -d"],
  ])("opens the store for %s", async (line) => {
    expect(await run(line.split(" "))).toMatchObject({ code: 1, opened: 1, err: "berth: there is no store\n" })
  })

  test("reads the file that REGISTRY_CONFIGURATION_PATH names, unless there is an argument", async () => {
    const env = { REGISTRY_CONFIGURATION_PATH: "config.yml" }
    expect(await run(["garbage-collect", "-q"], { env })).toMatchObject({ code: 1, opened: 1 })
    expect(await run(["garbage-collect", "missing.yml"], { env })).toMatchObject({ code: 2, opened: 0 })
  })
})

describe("the command line", () => {
  test.each([["--version"], ["-v"]])("prints the version for %s", async (flag) => {
    expect(await run([flag])).toMatchObject({ code: 0, out: "berth 1.2.3\n", err: "" })
  })

  test.each([["--help"], ["-h"], ["help"], ["help --help"]])("prints help with examples for %s", async (flag) => {
    const { code, out } = await run(flag.split(" "))
    expect(code).toBe(0)
    expect(out).toContain("berth serve config.yml")
  })

  test.each([
    [["srve"], "Did you mean serve?"],
    [["serve", "a.yml", "b.yml"], "too many arguments"],
    [["serve", "--port"], "berth: unknown option '--port'\nberth --help"],
    [[], "Usage:"],
    [["garbage-collect", "-q"], "no configuration is named"],
    [["garbage-collect", "-d", "--config"], "'-c, --config <file>' argument missing"],
    [["garbage-collect", "--config", "missing.yml", "config.yml"], "two configurations are named"],
    [["-c", "missing.yml", "garbage-collect", "config.yml"], "two configurations are named"],
    [["-c", "garbage-collect", "serve", "--dry-run=true"], "unknown option '--dry-run=true'"],
    [["garbage-collect", "--dry-run=maybe", "config.yml"], "unknown option '--dry-run=maybe'"],
    [["tag", "delete", "foo"], "foo names no tag: write REPOSITORY:TAG"],
    [["tag", "delete", "foo:-x", "--yes"], "invalid"],
    [["tag", "list", "Foo_Bar/../x"], "invalid repository name"],
    [["repository", "delete", "NOT_A_NAME", "--yes"], "invalid repository name"],
    [["why", "sha256:0123456789ab"], "sha256:0123456789ab is a part of a digest: --no-trunc"],
    [["-c", "missing.yml", "gc", "status"], "cannot read the configuration missing.yml"],
    [["-c", "config.yml", "gc", "-c", "missing.yml", "status"], "cannot read the configuration missing.yml"],
    [["-c", "config.yml", "gc", "-c", "config.yml", "status", "-c", "missing.yml"], "configuration missing.yml"],
    [["-c", "config.yml"], "Usage:"],
    [["events", "list", "--state", "lost"], "write --state dead or --state waiting"],
    [["events", "replay", "--id", "x"], "--endpoint NAME, --id ID or --all"],
    [["events", "replay", "--id", "1", "--all"], "--endpoint NAME, --id ID or --all"],
  ])("%p is refused with exit code 2", async (argv, message) => {
    const { code, err, served, opened } = await run(argv)
    expect({ code, served, opened }).toEqual({ code: 2, served: [], opened: 0 })
    expect(err).toContain(message)
  })
})
