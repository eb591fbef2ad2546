import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createRandom } from "../random.ts"
import { collect } from "./collect.ts"
import { conductAtRandom } from "./explore.ts"
import { live } from "./past.ts"
import { play } from "./play.ts"
import { scene } from "./scene.ts"
import { STORIES } from "./stories.ts"
import { openGround, type Ground } from "./world.ts"

let ground: Ground

beforeAll(() => {
  ground = openGround()
})

afterAll(() => ground.close())

describe("after each call and each run of the collector all is as it has to be", () => {
  for (const [name, plot] of Object.entries(STORIES)) {
    test(name, async () => {
      await play(ground, plot, conductAtRandom(createRandom(1)))
    })
  }
})

describe("an object", () => {
  const PUSHED = { verb: "push", repository: "a", blob: "z" } as const
  const key = `${scene.blobOf("z").digest}.0`

  test("of a condemned blob stays for the delay", async () => {
    const world = ground.createWorld()
    await live(world, [PUSHED, { wait: 40 }, { collect: "run" }], undefined)
    expect(world.objects.has(key)).toBe(true)
    await collect(world.services, "run")
    expect(world.objects.has(key)).toBe(true)
    await live(world, [{ wait: 1 }], undefined)
    await collect(world.services, "run")
    expect(world.objects.has(key)).toBe(false)
  })

  test("without a row stays while it is young", async () => {
    const world = ground.createWorld()
    await live(world, [{ orphan: "z" }, { wait: 40 }, { collect: "objects" }, { wait: 40 }], undefined)
    // A push that is under way has brought it anew, and its row is still to come.
    await live(world, [{ orphan: "z" }, { collect: "objects" }], undefined)
    expect(world.objects.has(key)).toBe(true)
  })

  test("that was seen without a row is not written over", async () => {
    const world = ground.createWorld()
    await live(world, [{ orphan: "z" }, { wait: 40 }, { collect: "run" }, PUSHED], undefined)
    expect([...world.objects.keys()]).toEqual([key, `${scene.blobOf("z").digest}.1`])
  })

  test("without a row goes when it was seen twice", async () => {
    const world = ground.createWorld()
    await live(world, [{ orphan: "z" }, { wait: 40 }, { collect: "run" }], undefined)
    expect(world.objects.has(key)).toBe(true)
    await live(world, [{ wait: 40 }], undefined)
    await collect(world.services, "run")
    expect(world.objects.has(key)).toBe(false)
  })
})
