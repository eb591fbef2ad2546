import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createRandom } from "../random.ts"
import { conductAtRandom, exploreAll, type Conduct } from "./explore.ts"
import { play, type Plot } from "./play.ts"
import { COLLECTING, HOT, PAIRS, UNDOING } from "./plots.ts"
import { playTriples } from "./schedules.ts"
import { openGround, type Ground } from "./world.ts"

const OF_EACH_PAIR = 2
/** Of so many pairs with an undoing one is played, others each day. */
const UNDOING_EVERY = 3
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
    `schedules: ${played} schedules of ${PAIRS.length} pairs of calls, a third of ${UNDOING.length} with an undoing, ${COLLECTING.length} calls beside the collector and ${TRIPLES} plots of three`,
  )
})

/** Of so many plots the last schedule is looked at a day later as well. */
async function playSome(plots: readonly Plot[], ofEach: number, wholeEvery = 1): Promise<void> {
  for (const [place, plot] of plots.entries()) {
    const random = createRandom(place)
    for (let count = 0; count < ofEach; count++, played++) {
      const isWhole = count === ofEach - 1 && place % wholeEvery === 0
      await play(ground, plot, conductAtRandom(random), { isWhole })
    }
  }
}

test("two calls at once are as one after the other, in some orders of their steps", async () => {
  await playSome(PAIRS, OF_EACH_PAIR, 2)
}, 60_000)

test("what is undone is back as a whole, whatever else is done meanwhile, in some orders of their steps", async () => {
  const day = Math.floor(Date.now() / 86_400_000)
  await playSome(
    UNDOING.filter((_, place) => (place + day) % UNDOING_EVERY === 0),
    1,
    4,
  )
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
