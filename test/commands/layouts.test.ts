// Images leave as one archive and come in again, bit for bit, with what refers to them; what is not whole stays outside.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { createHash } from "node:crypto"
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"
import { berth, berthCommand, pushImage, writeConfig } from "./scene.ts"

const OCI = "application/vnd.oci.image.manifest.v1+json"
const INDEX = "application/vnd.oci.image.index.v1+json"

const scratch = createScratch("berth-layouts")
const path = (...names: string[]) => join(scratch.path, ...names)
let source: Berth
let config: string

/** Fails the test where the command does. */
async function run(at: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await berth(at, ...args, "--json")
  expect({ args, exitCode, stderr }).toMatchObject({ args, exitCode: 0 })
  return JSON.parse(stdout) as Record<string, unknown>
}

async function put(repository: string, reference: string, type: string, body: unknown): Promise<string> {
  const text = JSON.stringify(body)
  const answer = await fetch(`${source.url}/v2/${repository}/manifests/${reference}`, {
    method: "PUT",
    headers: { "Content-Type": type },
    body: text,
  })
  expect(answer.status).toBe(201)
  return answer.headers.get("Docker-Content-Digest") ?? ""
}

async function describeTag(
  repository: string,
  tag: string,
): Promise<{ mediaType: string; digest: string; size: number }> {
  const answer = await fetch(`${source.url}/v2/${repository}/manifests/${tag}`)
  const { length: size } = await answer.bytes()
  return { mediaType: OCI, digest: answer.headers.get("Docker-Content-Digest") ?? "", size }
}

/** Two repositories; an index of two images in one of them, a signature of it, and a list of what is in that. */
beforeAll(async () => {
  source = await startBerth({ root: path("source") })
  config = writeConfig(path("source"))
  for (const tag of ["one", "two"]) await pushImage(source.url, "team/app", tag)
  await pushImage(source.url, "other", "v1")
  const manifests = [await describeTag("team/app", "one"), await describeTag("team/app", "two")]
  const index = { schemaVersion: 2, mediaType: INDEX, manifests }
  const digest = await put("team/app", "both", INDEX, index)
  const { config: empty } = (await (await fetch(`${source.url}/v2/team/app/manifests/one`)).json()) as {
    config: object
  }
  const subject = { mediaType: INDEX, digest, size: JSON.stringify(index).length }
  const signature = {
    schemaVersion: 2,
    mediaType: OCI,
    artifactType: "test/signature",
    config: empty,
    layers: [],
    subject,
  }
  const signed = await put("team/app", hash(signature), OCI, signature)
  const about = { mediaType: OCI, digest: signed, size: JSON.stringify(signature).length }
  const note = { ...signature, artifactType: "test/note", subject: about }
  await put("team/app", hash(note), OCI, note)
})

afterAll(async () => {
  await source.stop()
  scratch[Symbol.dispose]()
})

function hash(value: unknown): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex")}`
}

async function readBody(url: string): Promise<unknown> {
  const answer = await fetch(url)
  return { status: answer.status, body: await answer.text() }
}

/** What a client can see of the repositories. */
async function look(url: string): Promise<unknown> {
  const seen: Record<string, unknown> = {}
  for (const [repository, tags] of [
    ["team/app", ["one", "two", "both"]],
    ["other", ["v1"]],
  ] as const) {
    for (const tag of tags) seen[`${repository}:${tag}`] = await readBody(`${url}/v2/${repository}/manifests/${tag}`)
  }
  const { digest } = await fetch(`${source.url}/v2/team/app/manifests/both`).then(({ headers }) => ({
    digest: headers.get("Docker-Content-Digest"),
  }))
  const referrers = (await (await fetch(`${url}/v2/team/app/referrers/${digest}`)).json()) as {
    manifests: { digest: string }[]
  }
  seen["referrers"] = referrers
  seen["further"] = await readBody(`${url}/v2/team/app/referrers/${referrers.manifests[0]?.digest}`)
  return seen
}

describe("a round trip", () => {
  test.each([
    ["an archive", "all.tar"],
    ["a directory", "all"],
  ])(
    "by %s keeps every byte, every tag and what refers to them",
    async (_, name) => {
      const before = await look(source.url)
      expect(JSON.stringify(before)).toContain("test/note")
      expect(await run(config, "export", "--oci-layout", "--all", path(name))).toMatchObject({ tags: 4, manifests: 6 })
      const root = path(`into-${name}`)
      mkdirSync(root)
      const target = writeConfig(root)
      await run(target, "import", path(name))
      // Once more: everything is there.
      expect(await run(target, "import", path(name))).toMatchObject({ manifests: 0, blobs: 0 })
      await using server = await startBerth({ root })
      expect(await look(server.url)).toEqual(before)
      const [first, again] = [path(`first-${name}.tar`), path(`again-${name}.tar`)]
      await run(config, "export", "--oci-layout", "--all", first)
      await run(target, "export", "--oci-layout", "--all", again)
      expect(readFileSync(again).equals(readFileSync(first))).toBe(true)
    },
    60_000,
  )

  test("an export says how much was not there yet where something was, and of a new one nothing", async () => {
    for (const name of ["told.tar", "told"]) {
      const { exitCode, stdout } = await berth(config, "export", "--oci-layout", "team/app:one", path(name))
      expect({ exitCode, stdout }).toEqual({
        exitCode: 0,
        stdout: expect.stringMatching(/: 1 tag, 1 manifest, 2 blobs, \d+ B\n$/),
      })
    }
    // The configuration is that of the other image as well.
    expect((await berth(config, "export", "--oci-layout", "team/app:two", path("told"))).stdout).toMatch(
      / B; 2 of these files were not there yet\n$/,
    )
  })

  test("an export into a directory that is there adds what is missing, and removes nothing", async () => {
    const place = path("grows")
    await run(config, "export", "--oci-layout", "team/app:one", place)
    const first = readdirSync(join(place, "blobs/sha256"))
    expect(await run(config, "export", "--oci-layout", "team/app:one", place)).toMatchObject({ written: 0 })
    await run(config, "export", "--oci-layout", "other:v1", place)
    expect(readdirSync(join(place, "blobs/sha256"))).toEqual(expect.arrayContaining(first))
    const { manifests } = JSON.parse(readFileSync(join(place, "index.json"), "utf8")) as {
      manifests: { annotations: Record<string, string> }[]
    }
    const names = manifests.map(({ annotations }) => annotations["org.opencontainers.image.ref.name"])
    expect(names).toEqual(["other:v1", "team/app:one"])
  }, 60_000)
})

/** A layout that is whole, to be spoilt. */
async function exportOne(name: string): Promise<string> {
  await run(config, "export", "--oci-layout", "team/app:one", path(name))
  return path(name)
}

function listBlobs(layout: string): string[] {
  return readdirSync(join(layout, "blobs/sha256")).map((name) => join(layout, "blobs/sha256", name))
}

/** The first blob that is no manifest and no configuration. */
function findLayer(layout: string): string {
  return listBlobs(layout).find((each) => readFileSync(each, "utf8").startsWith("the layer")) ?? ""
}

const SPOILT: [string, string, (layout: string) => void][] = [
  ["a blob is missing", "not whole", (layout) => rmSync(findLayer(layout))],
  ["a blob has other bytes", "did not match", (layout) => writeFileSync(findLayer(layout), "the wrong of one")],
  ["a blob is longer", "a manifest says", (layout) => writeFileSync(findLayer(layout), "the layer of one and more")],
  [
    "a blob is a link out of it",
    "not whole",
    (layout) => {
      const layer = findLayer(layout)
      rmSync(layer)
      symlinkSync("/etc/passwd", layer)
    },
  ],
  ["index.json is no JSON", "not JSON", (layout) => writeFileSync(join(layout, "index.json"), "{")],
  ["index.json is not there", "no image layout", (layout) => rmSync(join(layout, "index.json"))],
  ["index.json names nothing", "is empty", (layout) => writeFileSync(join(layout, "index.json"), '{"manifests":[]}')],
  ["index.json is huge", "more than", (layout) => truncateSync(join(layout, "index.json"), 2 ** 27)],
]

describe("a layout that is not right", () => {
  test.each(SPOILT)(
    "because %s is refused, and no image of it is there",
    async (name, message, spoil) => {
      const place = await exportOne(`spoilt-${name.replaceAll(" ", "-")}`)
      // Nothing of this test is to be in the registry already.
      const root = path(`refuses-${name.replaceAll(" ", "-")}`)
      mkdirSync(root)
      spoil(place)
      const tar = `${place}.tar`
      Bun.spawnSync(["tar", "--create", `--file=${tar}`, `--directory=${place}`, "."])
      for (const at of [place, tar]) {
        const { exitCode, stderr } = await berth(writeConfig(root), "import", at)
        expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^berth: .+/m) })
        if (!name.includes("link")) expect(stderr).toContain(message)
      }
      expect(await run(writeConfig(root), "repository", "list")).toEqual({ items: [] })
    },
    60_000,
  )

  test("an archive that is cut off anywhere is refused before anything is stored", async () => {
    const archive = path("cut.tar")
    await run(config, "export", "--oci-layout", "team/app:one", archive)
    const bytes = readFileSync(archive)
    const root = path("refuses-cut")
    mkdirSync(root)
    for (const length of [0, 100, 512, 1000, 2000, bytes.length - 1024]) {
      writeFileSync(path("part.tar"), bytes.subarray(0, length))
      const { exitCode, stderr } = await berth(writeConfig(root), "import", path("part.tar"))
      expect({ length, exitCode, stderr }).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(`cannot be read: it is ${length < 512 ? "no tar archive" : "cut off"}`),
      })
    }
    expect(await run(writeConfig(root), "repository", "list")).toEqual({ items: [] })
  }, 60_000)
})

test("an import that is killed anywhere is done by the next one", async () => {
  const archive = path("killed.tar")
  await run(config, "export", "--oci-layout", "--all", archive)
  await using server = await startBerth({ root: path("killed") })
  const target = writeConfig(path("killed"))
  for (let tried = 0; tried < 5; tried++) {
    const child = Bun.spawn(berthCommand("import", archive, "--config", target), { stdout: "ignore", stderr: "ignore" })
    await Bun.sleep(250 + tried * 60)
    child.kill("SIGKILL")
    await child.exited
  }
  await run(target, "import", archive)
  expect(await look(server.url)).toEqual(await look(source.url))
}, 60_000)

test("an export that is killed leaves no archive under its name, and the next one is whole", async () => {
  const archive = path("never.tar")
  for (let tried = 0; tried < 4; tried++) {
    const child = Bun.spawn(berthCommand("export", "--oci-layout", "--all", archive, "--force", "--config", config), {
      stdout: "ignore",
      stderr: "ignore",
    })
    await Bun.sleep(200 + tried * 60)
    child.kill("SIGKILL")
    await child.exited
    const listed = Bun.spawnSync(["tar", "--list", "--file", archive])
    if (await Bun.file(archive).exists()) expect(listed.stdout.toString()).toContain("index.json")
  }
  await run(config, "export", "--oci-layout", "--all", archive, "--force")
  expect(readdirSync(scratch.path).filter((name) => name.includes("partial"))).toEqual([])
}, 60_000)

test("names that mean nothing are told of before anything is done", async () => {
  const cases = [
    ["export", "team/app", "/nowhere"],
    ["export", "--oci-layout", "team/app"],
    ["export", "--oci-layout", "--all", "team/app", "x.tar"],
    ["import", path("x"), "NOT_A_NAME"],
  ]
  for (const args of cases) expect(await berth(config, ...args)).toMatchObject({ exitCode: 2, stdout: "" })
  const absent = await berth(config, "export", "--oci-layout", "team/absent:v1", path("absent.tar"))
  expect(absent).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("there is no team/absent:v1") })
  expect(readdirSync(scratch.path).filter((name) => name.startsWith("absent"))).toEqual([])
}, 60_000)

test("a layout without names needs one, and one with a tag alone takes it along", async () => {
  const place = await exportOne("bare")
  const index = JSON.parse(readFileSync(join(place, "index.json"), "utf8")) as { manifests: Record<string, unknown>[] }
  const write = (annotations: Record<string, string>) => {
    for (const entry of index.manifests) entry["annotations"] = annotations
    writeFileSync(join(place, "index.json"), JSON.stringify(index))
  }
  cpSync(place, path("copied"), { recursive: true })
  const root = path("named")
  mkdirSync(root)
  const target = writeConfig(root)
  write({})
  expect(await berth(target, "import", place)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("name one"),
  })
  expect(await run(target, "import", place, "by/name:v9")).toMatchObject({
    images: [{ repository: "by/name", tag: "v9" }],
  })
  write({ "org.opencontainers.image.ref.name": "v3" })
  expect(await run(target, "import", place, "by/name")).toMatchObject({
    images: [{ repository: "by/name", tag: "v3" }],
  })
  write({ "io.containerd.image.name": "docker.io/library/app:v4", "org.opencontainers.image.ref.name": "v4" })
  expect(await run(target, "import", place)).toMatchObject({ images: [{ repository: "library/app", tag: "v4" }] })
}, 60_000)
