// The same requests to Debian's docker-registry and to Berth, with the same file and the same variables. Every difference
// is a row of a table, with its reason; a row that explains nothing is one too many.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { PROGRAM_PATH, requirePrograms } from "../e2e/support/programs.ts"
import { trials } from "./configurations.ts"
import { compare, type Difference } from "./difference.ts"
import { findIntended, intended, printDifferences, type Intended } from "./intended.ts"
import { play } from "./play.ts"
import { startBerth, startDockerRegistry, type RunningServer } from "./servers.ts"

const PROGRAM = "docker-registry"
const isPresent = Bun.which(PROGRAM, { PATH: PROGRAM_PATH }) !== null
const testBoth = requirePrograms(PROGRAM)
const AT_LEAST = 500

const used = new Set<Intended>()
let sent = 0

function explain(found: Difference): Difference[] {
  const row = findIntended(found)
  if (row === undefined) return [found]
  used.add(row)
  return []
}

for (const { scenarios, ...configuration } of trials) {
  describe(`with ${configuration.name}`, () => {
    let servers: [RunningServer, RunningServer] | undefined

    beforeAll(async () => {
      if (isPresent) servers = await Promise.all([startDockerRegistry(configuration), startBerth(configuration)])
    })
    afterAll(async () => {
      for (const server of servers ?? []) await server[Symbol.asyncDispose]()
    })

    for (const [index, scenario] of scenarios.entries()) {
      testBoth(scenario.name, async () => {
        const [theirs, ours] = servers ?? []
        if (theirs === undefined || ours === undefined) throw new Error("the servers did not start")
        const repository = `scenario/n${index}`
        const [expected, answered] = await Promise.all([theirs, ours].map((one) => play(scenario, repository, one)))
        const unexplained = scenario.requests.flatMap((request, at) =>
          compare(`${scenario.name} / ${request.name}`, expected?.[at] ?? {}, answered?.[at] ?? {}).flatMap(explain),
        )
        sent += scenario.requests.length
        expect(unexplained).toEqual([])
      })
    }
  })
}

test("docs/differences.md is the table as it is", async () => {
  const page = await Bun.file(join(import.meta.dir, "..", "..", "docs", "differences.md")).text()
  expect(page).toBe(printDifferences())
})

describe("the table of differences", () => {
  testBoth("has no row that explains nothing", async () => {
    expect(
      intended.filter((row) => !used.has(row)).map(({ where, theirs, ours }) => `${where}: ${theirs}, ${ours}`),
    ).toEqual([])
  })

  testBoth(`was held against more than ${AT_LEAST} requests`, async () => {
    expect(sent).toBeGreaterThan(AT_LEAST)
  })
})
