import { expect, test } from "bun:test"
import { startBerth } from "../../support/berth.ts"
import { playHistory } from "./histories.ts"

const HISTORIES = 100

test("what eight clients see of a server is as if they had come one after the other", async () => {
  await using berth = await startBerth()
  let calls = 0
  for (let seed = 1; seed <= HISTORIES; seed++) calls += await playHistory(berth, seed)
  console.log(`histories: ${HISTORIES} histories of ${calls} calls, all explained`)
  expect(calls).toBeGreaterThan(HISTORIES * 25)
}, 120_000)
