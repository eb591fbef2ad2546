import { describe, expect, test } from "bun:test"
import { openGc, HOUR } from "./gc-testing.ts"

/** Garbage of each kind, with a grace of two hours and a delay of one. The scene's rehearsals are no copy: one for each. */
async function openGarbage() {
  const { run, push, leave, clock } = await openGc()
  await leave()
  clock.advance(HOUR)
  await leave()
  clock.advance(HOUR + 1)
  await push()
  // Condemns this one, and sees the first object that has no record.
  await run({ isNow: true })
  clock.advance(HOUR / 2)
  for (let count = 0; count < 2; count++) await push()
  expect(await run({ isNow: true })).toMatchObject({ condemned: 2, removed: 0 })
  clock.advance(HOUR / 2)
  for (let count = 0; count < 3; count++) await push()
  return { run, rehearse: (changed: object) => run({ ...changed, isRehearsal: true }) }
}

describe("a rehearsal tells all that would go", () => {
  test("and beside a server what of it the run leaves for the delay, and why", async () => {
    const { rehearse } = await openGarbage()
    const later = { condemnedBefore: 2, condemned: 3, orphans: 1 }
    expect(await rehearse({ isNow: true })).toMatchObject({ removed: 8, orphans: 2, later })
  })

  test("as far as the run itself does, which removes the rest", async () => {
    const { run } = await openGarbage()
    expect(await run({ isNow: true })).toMatchObject({ removed: 2, condemned: 3, orphans: 1 })
  })

  test("and without --now that what has no record goes on a later walk", async () => {
    const { rehearse } = await openGarbage()
    const later = { condemnedBefore: 2, condemned: 0, orphans: 2 }
    expect(await rehearse({})).toMatchObject({ removed: 5, orphans: 2, later })
  })

  test("at once where nobody else uses the store", async () => {
    const { rehearse } = await openGarbage()
    const report = await rehearse({ isNow: true, isAlone: true })
    expect(report).toMatchObject({ removed: 8, orphans: 2 })
    expect(report).not.toHaveProperty("later")
  })
})
