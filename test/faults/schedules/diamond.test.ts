import { expect, test } from "bun:test"
import type { Digest } from "../../../src/domain/digest.ts"
import { OCI_INDEX } from "../../../src/domain/media-type.ts"
import { parseRepositoryName } from "../../../src/domain/repository-name.ts"
import { parseTag } from "../../../src/domain/tag.ts"
import { collect, HOUR_MS } from "./collect.ts"
import { contextOf, openGround, sha256, type World } from "./world.ts"

const LEVELS = 30
const repository = parseRepositoryName("diamond")

interface Index {
  digest: Digest
  bytes: Uint8Array<ArrayBuffer>
}

/** Two indexes on each level, each of which names both of the level below: two to the thirtieth ways lead down. */
function buildLevels(): Index[][] {
  const levels: Index[][] = []
  for (let level = 0; level < LEVELS; level++) {
    const below = (levels.at(-1) ?? []).map(({ digest, bytes }) => {
      return { mediaType: OCI_INDEX, digest, size: bytes.length }
    })
    levels.push(["left", "right"].map((side) => buildIndex(`${level} ${side}`, below)))
  }
  return levels
}

function buildIndex(name: string, manifests: object[]): Index {
  const text = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests, annotations: { name } })
  return { digest: sha256(text), bytes: new TextEncoder().encode(text) }
}

/** How many queries and transactions the work asks for. */
async function countSteps({ gate }: World, work: () => Promise<unknown>): Promise<number> {
  let steps = 0
  gate.guard((one) => {
    if (one.kind !== "local") steps++
    one.pass()
  })
  await gate.run("counted", work)
  gate.guard(undefined)
  return steps
}

test("indexes that name each other in two to the thirtieth ways are each looked at once", async () => {
  const ground = openGround()
  const world = ground.createWorld({ untaggedHours: 48 })
  const { manifests } = world.services
  const top = parseTag("top")
  const count = () => world.database.query<{ rows: number }, []>("SELECT count(*) AS rows FROM manifest").get()?.rows
  const put = async ({ digest, bytes }: Index, tags = [top]) => {
    const reference = { kind: "digest" as const, digest }
    await manifests.put(contextOf("alice"), { repository, reference, tags, bytes, contentType: OCI_INDEX })
  }
  const levels = buildLevels()
  for (const level of levels)
    for (const index of level) expect(await countSteps(world, () => put(index))).toBeLessThan(5)
  // The last has the tag, and its sibling nothing.
  world.clock.advance(100 * HOUR_MS)
  expect(await countSteps(world, () => collect(world.services, "run"))).toBeLessThan(200)
  world.clock.advance(100 * HOUR_MS)
  await collect(world.services, "run")
  expect(count()).toBe(2 * LEVELS - 1)
  await manifests.delete(contextOf("alice"), repository, { kind: "tag", tag: top })
  // Each level is let go by the one above, when its time for undo is over.
  for (let level = 0; level < 2 * LEVELS; level++) {
    world.clock.advance(100 * HOUR_MS)
    expect(await countSteps(world, () => collect(world.services, "run"))).toBeLessThan(200)
  }
  expect(count()).toBe(0)
  ground.close()
}, 30_000)
