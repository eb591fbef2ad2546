import { expect, test } from "bun:test"
import { isChosen, parseOptions } from "./options.ts"

const WORKS = ["push-1", "push-4", "pull-plain"]

test("a work is chosen by its name or by its family's", () => {
  expect(WORKS.filter((work) => isChosen(["push"], work))).toEqual(["push-1", "push-4"])
  expect(WORKS.filter((work) => isChosen(["push-4", "pull-plain"], work))).toEqual(["push-4", "pull-plain"])
  expect(WORKS.filter((work) => isChosen([], work))).toEqual(WORKS)
})

test("a peer is a name, perhaps its version, and a program", () => {
  const { peers } = parseOptions(["--peer", "zot@2.1.20=/opt/zot", "--peer=distribution-v3=/opt/registry"], WORKS)
  expect(peers).toEqual([
    { name: "zot", version: "2.1.20", program: "/opt/zot" },
    { name: "distribution-v3", program: "/opt/registry" },
  ])
})

test("what is not known is refused in a sentence", () => {
  expect(() => parseOptions(["--only", "pul"], WORKS)).toThrow("no work is called pul")
  expect(() => parseOptions(["--peer", "harbor=/opt/harbor"], WORKS)).toThrow("not harbor")
  expect(() => parseOptions(["--rounds", "0"], WORKS)).toThrow("--rounds")
  expect(() => parseOptions(["--gc-blobs", "1e9"], WORKS)).toThrow("--gc-blobs")
})

test("a quick run writes results only where it is told to", () => {
  expect(parseOptions(["--quick"], WORKS).out).toBeUndefined()
  expect(parseOptions(["--quick", "--out", "/tmp/a"], WORKS).out).toBe("/tmp/a")
  expect(parseOptions([], WORKS).out).toEndWith("results")
})
