import { afterAll, beforeAll, expect, test } from "bun:test"
import { startBerth, type Berth } from "../support/berth.ts"
import { createClient, expectStatus, type Client } from "./client.ts"
import { digestOf } from "./content.ts"

const TAGS = 100_000
// As many as a request line of 16 KiB holds.
const TAGS_OF_A_PUSH = 1000
const PAGE = 1000

const REPOSITORY = "many/tags"
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [],
})
const names = Array.from({ length: TAGS }, (_, at) => `t${String(at).padStart(6, "0")}`)

let berth: Berth
let client: Client

beforeAll(async () => {
  berth = await startBerth()
  client = createClient(berth.url)
  for (let start = 0; start < TAGS; start += TAGS_OF_A_PUSH) {
    const query = names.slice(start, start + TAGS_OF_A_PUSH).map((name) => `tag=${name}`)
    const path = `/v2/${REPOSITORY}/manifests/${digestOf(MANIFEST)}?${query.join("&")}`
    const headers = { "Content-Type": "application/vnd.oci.image.index.v1+json" }
    await expectStatus(client, { method: "PUT", path, headers, body: MANIFEST }, [201])
  }
}, 120_000)

afterAll(() => berth.stop())

interface Step {
  tags: string[]
  next: string | undefined
}

async function readStep(path: string): Promise<Step> {
  const { body, headers } = await expectStatus(client, { method: "GET", path }, [200])
  const { tags } = JSON.parse(new TextDecoder().decode(body)) as { tags: string[] }
  return { tags, next: /<([^>]+)>; *rel="next"/.exec(headers.get("Link") ?? "")?.[1] }
}

test(`${TAGS} tags of one repository are listed in steps, each tag once and in order`, async () => {
  const listed: string[] = []
  let path: string | undefined = `/v2/${REPOSITORY}/tags/list?n=${PAGE}`
  while (path !== undefined) {
    const { tags, next }: Step = await readStep(path)
    expect(tags.length).toBeLessThanOrEqual(PAGE)
    listed.push(...tags)
    path = next
  }
  expect(listed).toEqual(names)
})

test("who asks for all of them gets a bounded part, and the way to the rest", async () => {
  const { tags, next } = await readStep(`/v2/${REPOSITORY}/tags/list`)
  expect(tags.length).toBeLessThan(TAGS)
  expect(tags).toEqual(names.slice(0, tags.length))
  expect((await readStep(next ?? "none")).tags[0]).toBe(names[tags.length] ?? "none")
})

test("a tag in the middle moves and goes like any other", async () => {
  const path = `/v2/${REPOSITORY}/manifests/t050000`
  await expectStatus(client, { method: "DELETE", path }, [202])
  await expectStatus(client, { method: "GET", path }, [404])
  const { tags } = await readStep(`/v2/${REPOSITORY}/tags/list?n=2&last=t049998`)
  expect(tags).toEqual(["t049999", "t050001"])
})
