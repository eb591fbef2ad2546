import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { openApi } from "../http/api/testing.ts"
import { newManifest } from "../ports/metadata/fixture.contract.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { parseTag } from "../domain/tag.ts"
import { parseWholeDigest, shortenDigest } from "./short-digests.ts"
import { runCommand } from "./testing.ts"

const TERMINAL_COLUMNS = 80

describe("a list", () => {
  const repository = parseRepositoryName("team/app")
  const [tag, actor] = [parseTag("latest"), "anonymous"]
  const first = newManifest(repository, { tags: [tag], actor })
  const second = newManifest(repository, { tags: [tag], actor })
  let opened: Awaited<ReturnType<typeof openApi>>

  beforeAll(async () => {
    opened = await openApi()
    const { metadata, clock } = opened
    await metadata.manifests.put(first)
    clock.advance(1000)
    await metadata.tags.delete(repository, tag, { actor })
    await metadata.manifests.delete(repository, first.digest, { actor })
    clock.advance(1000)
    await metadata.manifests.put(second)
  })

  afterAll(() => opened.metadata.close())

  const run = async (isOutputTerminal: boolean, ...argv: string[]) =>
    (await runCommand({ answer: async (request) => opened.api.fetch(request), isOutputTerminal }, ...argv)).out

  const LISTS = [["tag list team/app"], ["tag history team/app"], ["tag history team/app:latest"]]

  test.each(LISTS)("fits a terminal: %s", async (line) => {
    const lines = (await run(true, ...line.split(" "))).split("\n")
    expect(lines[1]).toContain(shortenDigest(second.digest))
    for (const each of lines) expect(each.length).toBeLessThanOrEqual(TERMINAL_COLUMNS)
  })

  test.each(LISTS)("has whole digests in a pipe, and where they are asked for: %s", async (line) => {
    const [piped, asked, json] = await Promise.all([
      run(false, ...line.split(" ")),
      run(true, ...line.split(" "), "--no-trunc"),
      run(true, ...line.split(" "), "--json"),
    ])
    expect(piped).toContain(second.digest)
    expect(asked).toBe(piped)
    expect(json).toContain(second.digest)
  })
})

test("a digest that was shortened is refused with the way to the whole one", () => {
  const { digest } = newManifest(parseRepositoryName("team/app"))
  expect(parseWholeDigest(digest)).toBe(digest)
  for (const part of [shortenDigest(digest), digest.slice(0, 30)])
    expect(() => parseWholeDigest(part)).toThrow(`${part} is a part of a digest`)
  expect(() => parseWholeDigest("latest")).toThrow("the digest is not sha256:<64 hex>")
})
