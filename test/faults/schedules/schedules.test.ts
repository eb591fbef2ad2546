import { afterAll, beforeAll, expect, test } from "bun:test"
import { createRandom } from "../random.ts"
import { conductBy, exploreAll } from "./explore.ts"
import { play } from "./play.ts"
import { PAIRS } from "./plots.ts"
import { playTriples } from "./schedules.ts"
import { openGround, type Ground } from "./world.ts"

const OF_EACH_PAIR = 5
const TRIPLES = 300

let ground: Ground
let played = 0

beforeAll(() => {
  ground = openGround()
})

afterAll(() => {
  ground.close()
  console.log(`schedules: ${played} schedules of ${PAIRS.length} pairs of calls and ${TRIPLES} plots of three clients`)
})

test("two calls at once are as one after the other, in some orders of their steps", async () => {
  for (const [place, plot] of PAIRS.entries()) {
    const random = createRandom(place)
    for (let count = 0; count < OF_EACH_PAIR; count++, played++) {
      await play(
        ground,
        plot,
        conductBy((waiting) => random.pick(waiting) ?? fail()),
      )
    }
  }
}, 60_000)

test("three clients at once are as one after the other, in some orders of their steps", async () => {
  played += await playTriples(ground, 1, TRIPLES)
}, 60_000)

test("a push and the deletion of its repository go together in every order that makes a difference", async () => {
  const calls = [{ verb: "push", repository: "a", blob: "z" } as const, { verb: "drop", repository: "a" } as const]
  const plot = { setup: [], clients: calls.map((call) => [call]) }
  const { schedules, isComplete } = await exploreAll((conduct) => play(ground, plot, conduct), 3000)
  played += schedules
  expect(isComplete).toBe(true)
}, 60_000)

function fail(): never {
  throw new Error("nobody waits")
}
