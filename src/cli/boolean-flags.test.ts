import { expect, test } from "bun:test"
import { expandBooleanFlags } from "./boolean-flags.ts"

const NAMES = { d: "dry-run", m: "delete-untagged" }

test.each([
  ["--dry-run=true c.yml", "--dry-run c.yml"],
  ["--dry-run=false c.yml", "c.yml"],
  ["-d=1 -m=T c.yml", "--dry-run --delete-untagged c.yml"],
  ["c.yml -dm=false", "--dry-run c.yml"],
  ["-dm c.yml", "--dry-run --delete-untagged c.yml"],
  ["--dry-run --dry-run=FALSE c.yml", "c.yml"],
  ["--dry-run=0 -d c.yml", "--dry-run c.yml"],
  ["-d -- -d=true", "--dry-run -- -d=true"],
])("%s means %s, as in registry:2", (given, meant) => {
  expect(expandBooleanFlags(given.split(" "), NAMES).join(" ")).toBe(meant)
})

test.each(["--dry-run=yes", "--dry-run=", "-dx", "-x=true", "--no-dry-run", "-", "--json"])(
  "%s is left to the parser of the command line",
  (word) => {
    expect(expandBooleanFlags([word], NAMES)).toEqual([word])
  },
)
