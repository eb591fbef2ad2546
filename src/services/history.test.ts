import { describe, expect, test } from "bun:test"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { parseTag } from "../domain/tag.ts"
import { createManualClock, newManifest, tagsOf } from "../ports/metadata/fixture.contract.ts"
import { createHistory } from "./history.ts"
import { contextOf } from "./testing.ts"

const name = { repository: parseRepositoryName("team/app"), tag: parseTag("t") }

async function open() {
  const metadata = await createMetadata({ path: ":memory:", clock: createManualClock() })
  const history = createHistory({ ...metadata, events: undefined })
  return {
    history,
    push: async () => {
      const manifest = newManifest(name.repository, { tags: tagsOf("t") })
      await metadata.manifests.put(manifest)
      return manifest.digest
    },
    untag: () => metadata.tags.delete(name.repository, name.tag, { actor: "alice" }),
    restore: (choice = {}) => history.restoreTag(contextOf("alice"), name, choice),
  }
}

describe("restoreTag()", () => {
  test("twice in a row undoes a move, and that", async () => {
    const { push, restore } = await open()
    const [first, second] = [await push(), await push()]
    expect(await restore()).toMatchObject({ digest: first })
    expect(await restore()).toMatchObject({ digest: second })
  })

  test.each(["pushed again", "restored"])("does not guess for a tag that was deleted and %s", async (how) => {
    const { history, push, untag, restore } = await open()
    const [first, second] = [await push(), await push()]
    await untag()
    await (how === "restored" ? restore() : push())
    const refusal = { code: "TAG_UNKNOWN", message: expect.stringContaining("named nothing before its last change") }
    expect(await restore().catch((error: unknown) => error)).toMatchObject(refusal)
    expect(await history.previewTag(name, {}).catch((error: unknown) => error)).toMatchObject(refusal)
    expect(await restore({ digest: first })).toMatchObject({ digest: first })
    expect(second).not.toBe(first)
  })

  test("counts no tag where it names that already, before and after", async () => {
    const { history, push, untag, restore } = await open()
    const digest = await push()
    for (const choice of [{ digest }, { at: Number.MAX_SAFE_INTEGER }]) {
      expect(await history.previewTag(name, choice)).toMatchObject({ digest, tagCount: 0, tags: [] })
      expect(await restore(choice)).toMatchObject({ digest, manifests: 0, tagCount: 0 })
    }
    expect((await history.list(name.repository, { limit: 10 })).items).toHaveLength(1)
    await untag()
    expect(await history.previewTag(name, { digest })).toMatchObject({ digest, tagCount: 1, tags: ["t"] })
    expect(await restore({ digest })).toMatchObject({ digest, manifests: 0, tagCount: 1 })
  })

  test("says of a tag that was pushed once that there is nothing else", async () => {
    const { push, restore } = await open()
    expect(await restore().catch((error: unknown) => error)).toMatchObject({
      message: "team/app:t was never there",
    })
    await push()
    expect(await restore().catch((error: unknown) => error)).toMatchObject({
      message: "team/app:t has had one state only: there is nothing to go back to",
    })
  })
})
