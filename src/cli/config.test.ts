import { describe, expect, test } from "bun:test"
import type { CliDependencies } from "./dependencies.ts"
import { runProgram } from "./program.ts"

const FILES: Readonly<Record<string, string>> = {
  "config.yml": `version: 0.1
storage: {filesystem: {rootdirectory: /data}}
http: {secret: hidden-http-secret}
health: {http: [{uri: 'http://u:hidden-password@a', headers: {Authorization: [Bearer hidden-token]}}]}
notifications: {endpoints: [{name: hook, url: 'http://a'}]}
events: {endpoints: {hook: {hmackey: hidden-hmac}}}
redis: {password: hidden-redis}
`,
  "wrong.yml":
    "version: 0.1\nstorage: inmemory\nlimits: {uploads: 0}\nevents: {endpoints: {a: {hmackey: [hidden-list]}}}\n",
}

async function run(argv: string[], env: Record<string, string> = {}) {
  const seen = { code: -1, out: "", err: "" }
  const readFile = (path: string) => {
    const text = FILES[path]
    return text === undefined ? Promise.reject(new Error(`no ${path}`)) : Promise.resolve(text)
  }
  const deps: Partial<CliDependencies> = {
    argv,
    env,
    version: "1.2.3",
    readFile,
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
  }
  seen.code = await runProgram(deps as CliDependencies)
  return seen
}

describe("config check", () => {
  test("prints every value with its origin, and the warnings", async () => {
    const { code, out } = await run(["config", "check", "config.yml"], { REGISTRY_LOG_LEVEL: "debug" })
    expect(code).toBe(0)
    expect(out).toStartWith("config.yml: can be used\n")
    expect(out).toMatch(/^ {2}level +debug +REGISTRY_LOG_LEVEL$/m)
    expect(out).toMatch(/^ {2}filesystem.rootdirectory +\/data +config.yml:2$/m)
    expect(out).toMatch(/^ {2}formatter +text +default$/m)
    expect(out).toContain("\nWarnings\n  redis has no effect: ")
  })

  test("ends with 2 and the problems when the configuration cannot be used", async () => {
    const { code, out } = await run(["config", "check", "wrong.yml"])
    expect(code).toBe(2)
    expect(out).toStartWith("wrong.yml: cannot be used\n")
    expect(out).toContain("\nProblems\n  limits.uploads: must be a whole number of at least 1")
  })

  test("finds its file as serve does", async () => {
    expect((await run(["config", "check"], { REGISTRY_CONFIGURATION_PATH: "config.yml" })).out).toStartWith(
      "config.yml",
    )
    expect((await run(["config", "check", "--config", "config.yml"])).out).toStartWith("config.yml")
    expect((await run(["config", "check"])).out).toStartWith("no file: can be used")
    expect(await run(["config", "check", "missing.yml"])).toMatchObject({
      code: 2,
      err: "berth: cannot read the configuration missing.yml: no missing.yml\n",
    })
  })

  test("gives the same as JSON", async () => {
    const { code, out } = await run(["config", "check", "--json", "wrong.yml"])
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ file: "wrong.yml", isUsable: false, warnings: expect.any(Array) })
    const { settings } = JSON.parse((await run(["config", "check", "--json", "config.yml"])).out) as {
      settings: { key: string }[]
    }
    expect(settings.find(({ key }) => key === "storage.filesystem.rootdirectory")).toEqual({
      key: "storage.filesystem.rootdirectory",
      value: "/data",
      origin: { kind: "file", line: 2 },
    } as { key: string })
  })
})

describe("config print", () => {
  test("prints YAML that comes to the same", async () => {
    const { code, out } = await run(["config", "print", "config.yml"])
    expect(code).toBe(0)
    expect(out).toStartWith("version: 0.1\n")
    expect(out).toContain("    rootdirectory: /data\n")
    expect(out).not.toContain("redis")
  })

  test("prints the same as one line of JSON", async () => {
    const { code, out } = await run(["config", "print", "config.yml", "--json"])
    expect(code).toBe(0)
    expect(out.trim().split("\n")).toHaveLength(1)
    expect(JSON.parse(out)).toMatchObject({ version: "0.1", storage: { filesystem: { rootdirectory: "/data" } } })
  })

  test("prints the problems instead, and ends with 2", async () => {
    const { code, out, err } = await run(["config", "print", "wrong.yml"])
    expect({ code, out }).toEqual({ code: 2, out: "" })
    expect(err).toContain("limits.uploads")
  })

  test("shows secrets only when it is told to", async () => {
    const { out } = await run(["config", "print", "config.yml", "--show-secrets"])
    for (const secret of ["http-secret", "password", "token", "hmac"]) expect(out).toContain(`hidden-${secret}`)
  })
})

test.each([
  ["config.yml", ["check"]],
  ["config.yml", ["check", "--json"]],
  ["config.yml", ["print"]],
  ["config.yml", ["print", "--json"]],
  ["wrong.yml", ["check"]],
  ["wrong.yml", ["print"]],
])("no secret of %s is shown by %p", async (file, argv) => {
  const { out, err } = await run(["config", ...argv, file])
  expect(out + err).not.toContain("hidden")
})
