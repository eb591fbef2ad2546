import { afterAll, beforeAll, describe, expect } from "bun:test"
import { join } from "node:path"
import { requirePrograms } from "../e2e/support/programs.ts"
import { startBerth, type Berth } from "../support/berth.ts"
import { createClient, expectStatus, type Reply, type Request } from "./client.ts"
import { contentBytes, digestOf } from "./content.ts"
import { newImage } from "./operations/manifests.ts"
import { withDigest } from "./operations/upload.ts"
import { createOracle } from "./oracle.ts"
import { createRandom } from "./random.ts"
import type { Change } from "./repository.ts"
import { canMount, mountSmallDisk, type SmallDisk } from "./small-disk.ts"
import type { Turn } from "./turn.ts"
import { verifyRepository } from "./verify.ts"

const MIB = 2 ** 20
const isPossible = canMount()
const test = requirePrograms(...(isPossible ? [] : ["permission to mount"]))

describe("a full disk", () => {
  let disk: SmallDisk
  let berth: Berth
  let turn: Turn

  beforeAll(async () => {
    if (!isPossible) return
    disk = mountSmallDisk(64)
    disk.take(8 * MIB)
    berth = await startBerth({ root: join(disk.path, "data") })
    const oracle = createOracle()
    turn = { oracle, client: createClient(berth.url), repository: oracle.get("disk/full"), random: createRandom(1) }
    for (let seed = 0; seed < 4; seed++) expect((await pushBlob(seed, MIB)).status).toBe(201)
    expect((await pushImage("before", 1000)).status).toBe(201)
  })

  afterAll(async () => {
    if (!isPossible) return
    await berth.kill()
    disk[Symbol.dispose]()
  })

  /** What fails must not be found later: the oracle is told so. */
  async function attempt(what: Change & { kind: "put-blob" | "put-manifest" }, request: Request): Promise<Reply> {
    const repository = turn.repository.name
    turn.oracle.record({ at: "intent", repository, change: what })
    const reply = await turn.client.send(request)
    turn.oracle.record(reply.status === 201 ? { at: "ack", repository } : { at: "found", repository, happened: false })
    const kind = what.kind === "put-blob" ? "blob" : "manifest"
    if (reply.status !== 201) turn.oracle.record({ at: "absent", repository, kind, digest: what.digest })
    return reply
  }

  function pushBlob(seed: number, sizeBytes: number): Promise<Reply> {
    const content = { seed, sizeBytes }
    const body = contentBytes(content)
    const digest = digestOf(body)
    const path = `/v2/disk/full/blobs/uploads/?digest=${digest}`
    return attempt({ kind: "put-blob", digest, content }, { method: "POST", path, body })
  }

  function pushImage(tag: string, padding: number): Promise<Reply> {
    const image = newImage(turn, [...turn.repository.blobs].slice(0, 2))
    const manifest = { ...image, text: image.text + " ".repeat(padding) }
    const what = { kind: "put-manifest", digest: digestOf(manifest.text), manifest, tags: [tag] } as const
    const headers = { "Content-Type": manifest.mediaType }
    const path = `/v2/disk/full/manifests/${tag}`
    return attempt({ ...what, tags: [tag] }, { method: "PUT", path, headers, body: manifest.text })
  }

  function expectFull({ status, body }: Reply): void {
    expect(status).toBe(507)
    expect(JSON.parse(new TextDecoder().decode(body))).toMatchObject({ errors: [{ code: "UNAVAILABLE" }] })
  }

  test("a blob for which there is no room is refused with 507, and what was there stays pullable", async () => {
    let reply = await pushBlob(100, 8 * MIB)
    for (let seed = 101; reply.status === 201 && seed < 120; seed++) reply = await pushBlob(seed, 8 * MIB)
    expectFull(reply)
    await verifyRepository(turn.client, turn.repository)
  })

  test("an upload in parts that meets the full disk is refused with 507 and can be begun anew", async () => {
    const body = contentBytes({ seed: 200, sizeBytes: 2 * MIB })
    const start = { method: "POST", path: "/v2/disk/full/blobs/uploads/" }
    const opened = [await expectStatus(turn.client, start, [202]), await expectStatus(turn.client, start, [202])]
    const [first = "", second = ""] = opened.map(({ headers }) => headers.get("Location") ?? "")
    disk.take()
    expectFull(await turn.client.send({ method: "PATCH", path: first, body }))
    expectFull(await turn.client.send({ method: "PUT", path: withDigest(second, digestOf(body)), body }))
    const state = await expectStatus(turn.client, { method: "GET", path: first }, [204, 404])
    // What was not stored is not said to be there.
    if (state.status === 204) expect(state.headers.get("Range")).toBe("0-0")
    await verifyRepository(turn.client, turn.repository)
  })

  test("a manifest for which there is no room is refused with 507, and neither it nor its tag is there", async () => {
    let reply = await pushImage("n0", 200_000)
    for (let n = 1; reply.status === 201 && n < 100; n++) reply = await pushImage(`n${n}`, 200_000)
    expectFull(reply)
    await verifyRepository(turn.client, turn.repository)
  })

  test("once there is room again pushes work without a restart", async () => {
    disk.free()
    const deadline = Date.now() + 10_000
    let reply = await pushBlob(300, MIB)
    while (reply.status !== 201 && Date.now() < deadline) {
      await Bun.sleep(200)
      reply = await pushBlob(300, MIB)
    }
    expect(reply.status).toBe(201)
    expect((await pushImage("after", 1000)).status).toBe(201)
    await verifyRepository(turn.client, turn.repository)
  })

  test("a restart finds the same: nothing of what failed has become visible", async () => {
    await berth.kill()
    berth = await startBerth({ root: join(disk.path, "data") })
    turn = { ...turn, client: createClient(berth.url) }
    await verifyRepository(turn.client, turn.repository)
  })
})
