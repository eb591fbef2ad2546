import { expect, test } from "bun:test"
import { listNames, listOperations } from "./names.ts"
import { killAtEach } from "./points.ts"

test("the failpoints and the operations of the database are read from the source", () => {
  expect(listNames()).toEqual(expect.arrayContaining(["blob.renamed", "file.rename", "row.committed"]))
  expect(listOperations()).toEqual(expect.arrayContaining(["blobs.put", "manifests.put", "exports.announce"]))
})

test(
  "a kill at each failpoint loses nothing that was acknowledged, and the same request succeeds afterwards",
  async () => {
    const seed = Number(process.env["FAULTS_SEED"] ?? Date.now() % 2 ** 31)
    const names = listNames()
    const killed: string[] = []
    const totals = await killAtEach({
      seed,
      isWanted: (point) => names.includes(point),
      isQuick: true,
      onKill: (point) => killed.push(point),
    })
    console.log(`failpoints: seed ${seed}: ${JSON.stringify(totals)}`)
    // A name that nothing reaches proves nothing: give it a step in steps.ts.
    expect(names.filter((name) => !killed.includes(name))).toEqual([])
  },
  5 * 60_000,
)
