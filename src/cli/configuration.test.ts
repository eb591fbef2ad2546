import { describe, expect, test } from "bun:test"
import { listConfigurationPaths, readConfigurationFile } from "./configuration.ts"
import type { CliDependencies } from "./dependencies.ts"

const IMAGE = { BERTH_CONFIGURATION_PATHS: "/etc/distribution/config.yml:/etc/docker/registry/config.yml" }

describe("listConfigurationPaths()", () => {
  test("a named file counts, then that of the variable, then those of the image", () => {
    const env = { ...IMAGE, REGISTRY_CONFIGURATION_PATH: "/mine.yml" }
    expect(listConfigurationPaths(env, "/named.yml")).toEqual(["/named.yml"])
    expect(listConfigurationPaths(env, undefined)).toEqual(["/mine.yml"])
    expect(listConfigurationPaths(IMAGE, undefined)).toEqual([
      "/etc/distribution/config.yml",
      "/etc/docker/registry/config.yml",
    ])
  })

  test("outside an image, no file is looked for that nobody named", () => {
    expect(listConfigurationPaths({}, undefined)).toEqual([])
    expect(
      listConfigurationPaths({ REGISTRY_CONFIGURATION_PATH: "", BERTH_CONFIGURATION_PATHS: "" }, undefined),
    ).toEqual([])
  })

  test("each of the image's places stands in for the others when it is named", () => {
    expect(listConfigurationPaths(IMAGE, "/etc/docker/registry/config.yml")).toEqual([
      "/etc/docker/registry/config.yml",
      "/etc/distribution/config.yml",
    ])
  })
})

describe("readConfigurationFile()", () => {
  function dependencies(readFile: CliDependencies["readFile"]): CliDependencies {
    const print = () => undefined
    return {
      argv: [],
      env: IMAGE,
      version: "1",
      readFile,
      serve: () => Promise.resolve(0),
      wait: () => Promise.resolve(),
      now: () => 0,
      onInterrupt: () => () => undefined,
      isTerminal: false,
      ask: () => Promise.resolve(""),
      openOperator: () => Promise.reject(new Error()),
      out: print,
      err: print,
    }
  }

  const fails = (code: string) => Promise.reject(Object.assign(new Error(`${code}: no`), { code }))

  test("reads the first that exists", async () => {
    const found = "/etc/docker/registry/config.yml"
    const deps = dependencies((path) => (path === found ? Promise.resolve("a: b") : fails("ENOENT")))
    expect(await readConfigurationFile(deps, undefined)).toEqual({ path: found, text: "a: b" })
  })

  test("a file that is there and cannot be read is not passed over", () => {
    const deps = dependencies((path) => (path.includes("docker") ? Promise.resolve("a: b") : fails("EACCES")))
    return expect(readConfigurationFile(deps, undefined)).rejects.toThrow("/etc/distribution/config.yml: EACCES")
  })

  test("none of the image's places is not the same as no configuration", () => {
    const deps = dependencies(() => fails("ENOENT"))
    return expect(readConfigurationFile(deps, undefined)).rejects.toThrow(
      "cannot read the configuration /etc/distribution",
    )
  })
})
