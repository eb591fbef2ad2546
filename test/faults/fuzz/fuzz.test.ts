import { afterAll, describe, expect, test } from "bun:test"
import { openTargets } from "./targets/all.ts"
import { compared } from "./targets/manifests.ts"

const SEED = 20_261_122
const RUNS = 1500

const opened = await openTargets()
const { targets } = opened
let executions = 0
afterAll(async () => {
  console.log(`fuzz: ${executions} executions of seed ${SEED} on ${targets.length} targets, nothing out of order`)
  await opened.close()
})

describe.each(targets.map((each) => [each.name, each] as const))("%s", (_, target) => {
  const { share, findSuperlinear } = target
  const runs = Math.max(20, Math.ceil(RUNS * share))

  test("whatever is read, what must be true of it is", async () => {
    await target.fuzz({ seed: SEED, runs })
    executions += runs
  })

  if (findSuperlinear !== undefined)
    test("it takes time in proportion to its length", () => {
      expect(findSuperlinear()).toEqual([])
    })
})

test("a comparison of manifests sees good ones as well as bad ones", () => {
  expect(compared.accepted).toBeGreaterThan(compared.documents / 10)
  expect(compared.accepted).toBeLessThan(compared.documents)
})
