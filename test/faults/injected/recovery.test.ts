import { expect, test } from "bun:test"
import { LostReplyError } from "../client.ts"
import { createOracle } from "../oracle.ts"
import { createRandom } from "../random.ts"
import { settle } from "../settle.ts"
import type { Turn } from "../turn.ts"
import { verifyRepository } from "../verify.ts"
import type { Fault } from "./faults.ts"
import { newContent, pushContent, pushImage } from "./operations.ts"
import { KINDS, openScene, type Kind, type Scene } from "./scene.ts"

function takeTurn({ client }: Scene): Turn {
  const oracle = createOracle()
  return { client, oracle, repository: oracle.get("recovery/r"), random: createRandom(1) }
}

const push = (turn: Turn) => pushContent(turn, newContent(turn), "single post")
const CASES = KINDS.flatMap((kind) => (["EIO", "ENOSPC", "EDQUOT"] as const).map((fault) => [kind, fault] as const))

/** Everything that changes something fails, and what only looks does not. */
function breakWrites({ faults }: Scene, fault: Fault): void {
  faults.arm((possible) => (possible.includes("ENOSPC") && possible.includes(fault) ? fault : undefined))
}

test.each(CASES)(
  "on %s, %s on every write fails pushes alone, and once it has passed they succeed",
  async (kind, fault) => {
    await using scene = await openScene(kind)
    const turn = takeTurn(scene)
    await pushImage(turn, ["before"])
    breakWrites(scene, fault)
    for (let each = 0; each < 3; each++) {
      const failure = await push(turn).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(LostReplyError)
      expect(String(failure)).toMatch(fault === "EIO" ? / 503 / : / 507 | 503 /)
      expect(scene.faults.fired().length).toBeGreaterThan(0)
      scene.faults.disarm()
      scene.pass(2000)
      await settle(turn)
      breakWrites(scene, fault)
      // Pulls go on while nothing can be written.
      await verifyRepository(scene.client, turn.repository)
    }
    scene.faults.disarm()
    scene.pass(2000)
    await push(turn)
    await pushImage(turn, ["after"])
    await verifyRepository(scene.client, turn.repository)
  },
)

test.each(KINDS)(
  "on %s, pushes are refused while a probe fails, and asked for again they find the storage well",
  async (kind: Kind) => {
    await using scene = await openScene(kind)
    const turn = takeTurn(scene)
    breakWrites(scene, "EIO")
    await push(turn).catch(() => undefined)
    const refused = await push(takeTurn(scene)).catch(String)
    expect(refused).toContain("nothing is written for now")
    scene.faults.disarm()
    // A second later the next push is what asks whether the storage is well.
    scene.pass(1000)
    await settle(turn)
    await verifyRepository(scene.client, turn.repository)
  },
)
