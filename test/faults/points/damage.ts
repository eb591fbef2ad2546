import { readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expectStatus, WrongAnswerError } from "../client.ts"
import { digestOf } from "../content.ts"
import { runJob } from "./command.ts"
import type { Step } from "./steps.ts"

const BODY = "what a disk will lose"

/** A stored blob loses its bytes: a pass takes it out of service, and a push repairs it. Nothing of it is on the ledger. */
export function createScrubbing(root: string): Step {
  const digest = digestOf(BODY)
  const path = `/v2/damaged/one/blobs/${digest}`
  const push = { method: "POST", path: `/v2/damaged/one/blobs/uploads/?digest=${digest}`, body: BODY }
  return {
    name: "a scrub of a damaged blob",
    run: async (life) => {
      await expectStatus(life.client, push, [201])
      damage(root, digest)
      // Also finishes what a kill cut off.
      await runJob(life, "POST", "/api/v1/scrub", { isFull: true })
      await expectStatus(life.client, { method: "GET", path }, [404])
      await expectStatus(life.client, push, [201])
      const { body } = await expectStatus(life.client, { method: "GET", path }, [200])
      if (digestOf(new TextDecoder().decode(body)) !== digest)
        throw new WrongAnswerError("a damaged blob was pushed again, and is not repaired")
    },
  }
}

/** Every copy of it that is there. */
function damage(root: string, digest: string): void {
  const hex = digest.slice("sha256:".length)
  const directory = join(root, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex)
  for (const name of readdirSync(directory)) writeFileSync(join(directory, name), "-".repeat(BODY.length))
}
