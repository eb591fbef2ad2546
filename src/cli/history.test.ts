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

const NOON = Date.parse("2026-11-22T12:00:00Z")

/** The API, and `berth tag restore` of the tag `t`. */
async function openTag() {
  const { api, metadata, clock } = await openApi()
  const repository = newRepository()
  const push = async () => {
    const manifest = newManifest(repository, { tags: tagsOf("t") })
    await metadata.manifests.put(manifest)
    clock.advance(1000)
    return manifest.digest
  }
  const answer = async (request: Request) => api.fetch(request)
  const restore = (...options: string[]) =>
    runCommand({ answer, now: () => NOON }, "tag", "restore", `${repository}:t`, ...options)
  return { metadata, push, restore, name: `${repository}:t` }
}

test("a tag that names already what it is to name is said to do so, and not to be restored", async () => {
  const { metadata, push, restore, name } = await openTag()
  const digest = await push()
  const same = `${name} is ${digest}: it names that already, no tag and no manifest`
  for (const choice of [
    ["--digest", digest],
    ["--at", "2026-11-22T12:00:00Z"],
  ]) {
    expect((await restore(...choice, "--dry-run")).out).toStartWith(`${same} would be restored`)
    expect(await restore(...choice)).toMatchObject({ code: 0, out: expect.stringContaining(`${same} was restored`) })
  }
  await push()
  expect((await restore("--digest", digest)).out).toBe(`${name} is ${digest}: 1 tag restored\n`)
  await metadata.close()
})

test("a time in the future is refused before anything is asked; today is none", async () => {
  const { metadata, push, restore } = await openTag()
  await push()
  for (const time of ["2026-11-23", "2026-11-22T12:01", "2026-11-22T13:01:00+01:00", "2026-11-22T12:00:00.001Z"]) {
    const err = expect.stringContaining(`${time} is in the future`)
    expect(await restore("--at", time)).toMatchObject({ code: 2, out: "", err })
  }
  for (const time of ["2026-11-22", "2026-11-22T12:00", "2026-11-22T12:00:00.000Z"])
    expect(await restore("--at", time)).toMatchObject({ code: 0 })
  await metadata.close()
})

test("--digest takes what tag history prints at a terminal, or more of it", async () => {
  const { metadata, push, restore, name } = await openTag()
  const [digest] = [await push(), await push()]
  const digits = digest.slice("sha256:".length)
  for (const part of [digits.slice(0, 12), `sha256:${digits.slice(0, 20)}`, digits, digest]) {
    expect((await restore("--digest", part, "--dry-run")).out).toStartWith(`${name} would be ${digest}, instead of`)
  }
  expect(await restore("--digest", digits.slice(0, 12))).toMatchObject({
    code: 0,
    out: `${name} is ${digest}: 1 tag restored\n`,
  })
  expect(await restore("--digest", "0123456789ab")).toMatchObject({
    code: 1,
    out: "",
    err: `berth: nothing that ${name} has named begins with 0123456789ab: berth tag history ${name} lists it\n`,
  })
  for (const short of [digits.slice(0, 11), `sha256:${digits.slice(0, 11)}`, "1"])
    expect(await restore("--digest", short)).toMatchObject({ code: 2, err: expect.stringContaining("is too short") })
  expect(await restore("--digest", "sha256:what")).toMatchObject({ code: 2, out: "" })
  await metadata.close()
})

test("--digest that two digests begin with is refused", async () => {
  const common = `sha256:${"a".repeat(20)}`
  const items = ["b", "c"].map((last) => ({ to: common + last.repeat(44) }))
  const asked: string[] = []
  const answer = (request: Request) => {
    asked.push(request.method)
    return Promise.resolve(Response.json({ items }))
  }
  const refused = await runCommand({ answer }, "tag", "restore", "team/app:t", "--digest", "a".repeat(12))
  expect(refused).toMatchObject({
    code: 1,
    out: "",
    err: `berth: ${"a".repeat(12)} is the beginning of 2 digests that team/app:t has named: write more of the digits\n`,
  })
  expect(asked).toEqual(["GET"])
})
