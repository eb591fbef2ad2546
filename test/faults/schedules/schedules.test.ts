import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createRandom } from "../random.ts"
import { conductAtRandom, exploreAll, type Conduct } from "./explore.ts"
import { play, type Plot } from "./play.ts"
import { COLLECTING, HOT, PAIRS } from "./plots.ts"
import { playTriples } from "./schedules.ts"
import { openGround, type Ground } from "./world.ts"

const OF_EACH_PAIR = 2
const OF_EACH_COLLECTION = 3
const TRIPLES = 100
const MOST_OF_A_PAIR = 2000

let ground: Ground
let played = 0

beforeAll(() => {
  ground = openGround()
})

afterAll(() => {
  ground.close()
  console.log(
    `schedules: ${played} schedules of ${PAIRS.length} pairs of calls, ${COLLECTING.length} calls beside the collector and ${TRIPLES} plots of three`,
  )
})

async function playSome(plots: readonly Plot[], ofEach: number): Promise<void> {
  for (const [place, plot] of plots.entries()) {
    const random = createRandom(place)
    for (let count = 0; count < ofEach; count++, played++) {
      // Of each the last is looked at a day later as well.
      await play(ground, plot, conductAtRandom(random), { isWhole: count === ofEach - 1 })
    }
  }
}

test("two calls at once are as one after the other, in some orders of their steps", async () => {
  await playSome(PAIRS, OF_EACH_PAIR)
}, 60_000)

test("the collector takes nothing that a call beside it relies on, in some orders of their steps", async () => {
  await playSome(COLLECTING, OF_EACH_COLLECTION)
}, 60_000)

test("three clients at once are as one after the other, in some orders of their steps", async () => {
  played += await playTriples(ground, 1, TRIPLES)
}, 60_000)

describe("in every order that makes a difference", () => {
  for (const [name, plot] of Object.entries(HOT)) {
    test(
      name,
      async () => {
        const first = played
        const playOne = (conduct: Conduct) => play(ground, plot, conduct, { isWhole: (played++ - first) % 32 === 0 })
        const { isComplete } = await exploreAll(playOne, MOST_OF_A_PAIR)
        expect(isComplete).toBe(true)
      },
      60_000,
    )
  }
})
