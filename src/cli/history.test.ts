import { expect, test } from "bun:test"
import { openApi } from "../http/api/testing.ts"
import { newManifest, newRepository, tagsOf } from "../ports/metadata/fixture.contract.ts"
import { runCommand } from "./testing.ts"

test("of tags that were pushed again since ten are named, and all counted, before the restoration and after it", async () => {
  const { api, metadata, clock } = await openApi()
  const repository = newRepository()
  const tags = tagsOf(...Array.from({ length: 250 }, (_, i) => `t${i}`))
  const [old, newer] = [newManifest(repository, { tags }), newManifest(repository, { tags })]
  await metadata.manifests.put(old)
  clock.advance(1000)
  await metadata.manifests.delete(repository, old.digest, { actor: "bob" })
  await metadata.manifests.put(newer)
  const restore = (...options: string[]) =>
    runCommand(
      { answer: async (request) => api.fetch(request) },
      "manifest",
      "restore",
      `${repository}@${old.digest}`,
      ...options,
    )
  expect((await restore("--dry-run")).out).toMatch(/ {2}stay {7}t0, .*, and 240 more, pushed again since\n/)
  expect((await restore()).err).toMatch(/^berth: pushed again since, and left as they are: t0, .*, and 240 more\n$/)
  await metadata.close()
})
