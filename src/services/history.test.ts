import { describe, expect, test } from "bun:test"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { parseTag } from "../domain/tag.ts"
import { createManualClock, newManifest, tagsOf } from "../ports/metadata/fixture.contract.ts"
import { createHistory, type History } from "./history.ts"
import { contextOf } from "./testing.ts"

const name = { repository: parseRepositoryName("team/app"), tag: parseTag("t") }

async function open() {
  const metadata = await createMetadata({ path: ":memory:", clock: createManualClock() })
  const history = createHistory({ ...metadata, events: undefined })
  return {
    metadata,
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

const restoreAll = (history: History) => history.restoreRepository(contextOf("alice"), name.repository)

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

describe("restoreRepository()", () => {
  test("says of one that was carried to its end, and is asked for again, that nothing is deleted", async () => {
    const { metadata, history, push } = await open()
    await push()
    await metadata.repositories.delete(name.repository, { actor: "alice" })
    await restoreAll(history)
    const answer = {
      code: "REQUEST_INVALID",
      message:
        "team/app is not deleted, and nothing of an earlier deletion is left to restore: a restoration that was cut off has been carried to its end",
    }
    const again = [history.previewRepository(name.repository), restoreAll(history)]
    for (const refusal of again) expect(await refusal.catch((error: unknown) => error)).toMatchObject(answer)
  })

  test("says of a repository that is not there that no deletion of it can be undone", async () => {
    const { history } = await open()
    const answer = {
      code: "NAME_UNKNOWN",
      message: expect.stringContaining("there is no deletion of team/app that can be undone"),
    }
    const asked = [history.previewRepository(name.repository), restoreAll(history)]
    for (const refusal of asked) expect(await refusal.catch((error: unknown) => error)).toMatchObject(answer)
  })
})
