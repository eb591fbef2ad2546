import { afterAll, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { parseDigest } from "../../../domain/digest.ts"
import { parseRepositoryName } from "../../../domain/repository-name.ts"
import { parseTag } from "../../../domain/tag.ts"
import { createManualClock, newManifest, newRepository, tagsOf } from "../../../ports/metadata/fixture.contract.ts"
import { createScratch } from "../../../../test/support/scratch.ts"
import { createMetadata } from "../metadata.ts"

const scratch = createScratch("berth-durability")
afterAll(() => scratch[Symbol.dispose]())

const clock = createManualClock()
const repository = parseRepositoryName("crash/app")
const ADAPTER = join(import.meta.dir, "..", "metadata.ts")
const FIXTURE = join(import.meta.dir, "..", "..", "..", "ports", "metadata", "fixture.contract.ts")

// Sixteen clients put manifests without end; each answered one is told on a line of its own.
const PUT_WITHOUT_END = `
  import { createMetadata } from ${JSON.stringify(ADAPTER)}
  import { newManifest } from ${JSON.stringify(FIXTURE)}
  const metadata = await createMetadata({ path: process.argv.at(-1), clock: Date })
  let next = 0
  const client = async () => {
    for (;;) {
      const manifest = newManifest(${JSON.stringify(repository)}, { tags: ["t" + next++] })
      await metadata.manifests.put(manifest)
      process.stdout.write(manifest.tags[0] + " " + manifest.digest + "\\n")
    }
  }
  await Promise.all(Array.from({ length: 16 }, client))
`

describe("durability", () => {
  test("what was stored is there after closing and opening again", async () => {
    const path = join(scratch.path, "reopened.db")
    const manifest = newManifest(newRepository(), { tags: tagsOf("latest") })
    const before = await createMetadata({ path, clock })
    await before.manifests.put(manifest)
    await before.close()
    const after = await createMetadata({ path, clock })
    expect((await after.tags.find(manifest.repository, parseTag("latest")))?.digest).toBe(manifest.digest)
    expect(await after.manifests.findBytes(manifest.digest)).toEqual(manifest.bytes)
    await after.close()
  })

  test("what was answered is there after kill -9, and what was not is there wholly or not at all", async () => {
    const path = join(scratch.path, "killed.db")
    const child = Bun.spawn([process.execPath, "-e", PUT_WITHOUT_END, path], { stdout: "pipe" })
    let output = ""
    for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
      output += piece
      if (output.length > 50_000) child.kill("SIGKILL")
    }
    await child.exited
    // The last line may be cut.
    const answered = output
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split(" "))

    expect(answered.length).toBeGreaterThan(100)

    const metadata = await createMetadata({ path, clock })
    for (const [tag = "", digest = ""] of answered) {
      expect((await metadata.tags.find(repository, parseTag(tag)))?.digest).toBe(parseDigest(digest))
    }
    const tags = (await metadata.tags.list(repository, { limit: 100_000 })).items
    expect(tags.length).toBeGreaterThanOrEqual(answered.length)
    for (const tag of tags) {
      const digest = (await metadata.tags.find(repository, tag))?.digest
      expect(digest && (await metadata.manifests.find(repository, digest))).toBeDefined()
      expect(digest && (await metadata.manifests.findBytes(digest))).toBeDefined()
    }
    await metadata.close()
  })
})
