// What only the storage can do to a stored blob: the record knows its size, and a push of the same bytes is the cure.
import { expect, test } from "bun:test"
import { appendFileSync, rmSync, truncateSync } from "node:fs"
import { createDistributionTree } from "../../support/distribution-tree.ts"
import { contentBytes, digestOf } from "../content.ts"
import { WrongAnswerError } from "../client.ts"
import { createOracle } from "../oracle.ts"
import { createRandom } from "../random.ts"
import { change } from "../turn.ts"
import { verifyRepository } from "../verify.ts"
import { pushContent } from "./operations.ts"
import { openScene } from "./scene.ts"

const content = { seed: 7, sizeBytes: 5000 }

test.each([
  ["missing", (path: string) => rmSync(path)],
  ["shorter", (path: string) => truncateSync(path, 4999)],
  ["empty", (path: string) => truncateSync(path, 0)],
  ["longer", (path: string) => appendFileSync(path, "x")],
] as const)(
  "a blob whose file is %s is a failure and never served, and a push repairs it everywhere",
  async (how, damage) => {
    await using scene = await openScene("files")
    const { client } = scene
    const oracle = createOracle()
    const random = createRandom(1)
    const [one, other] = ["damage/one", "damage/other"].map((name) => ({
      client,
      oracle,
      repository: oracle.get(name),
      random,
    }))
    if (one === undefined || other === undefined) throw new Error("two repositories")
    const digest = await pushContent(one, content)
    const path = `/v2/damage/other/blobs/uploads/?mount=${digest}&from=damage%2Fone`
    await change(other, { kind: "put-blob", digest, content }, { method: "POST", path })
    damage(createDistributionTree(scene.root).blobPath(digestOf(contentBytes(content))))
    const blob = `/v2/damage/other/blobs/${digest}`
    const failure = await client.send({ method: "GET", path: blob }).catch((error: unknown) => error)
    // The client of this scene takes a failure that was not injected for a broken promise.
    expect(failure).toBeInstanceOf(WrongAnswerError)
    expect(String(failure)).toContain("the stored blob is damaged: push it again")
    // Whoever is about to push is to do it.
    expect((await client.send({ method: "HEAD", path: blob })).status).toBe(404)
    const trouble = how === "missing" ? "is missing" : "does not have the size that was pushed"
    expect(scene.lines()).toContain(`a stored blob ${trouble}`)
    await pushContent(one, content)
    for (const repository of oracle.repositories.values()) await verifyRepository(client, repository)
  },
)
