// One directory of registry:2, written by Debian's docker-registry, and copies of it: its collector has the one, Berth's the
// other. What they print and what they leave is compared line for line; what differs on purpose is a row of `intended`.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { cpSync, globSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { attempt } from "../e2e/support/command.ts"
import { startDockerRegistry } from "../e2e/support/docker-registry.ts"
import { PROGRAM_PATH, requirePrograms } from "../e2e/support/programs.ts"
import { createDistributionTree, OCI_INDEX, OCI_MANIFEST } from "../support/distribution-tree.ts"
import { createScratch } from "../support/scratch.ts"
import { digestOf } from "../faults/content.ts"
import { berth, writeConfig } from "./scene.ts"

const PROGRAM = "docker-registry"
const testBoth = requirePrograms(PROGRAM)
const scratch = createScratch("berth-garbage-collect")
const origin = join(scratch.path, "origin")
afterAll(() => scratch[Symbol.dispose]())

/** Digests by what they are. */
const known: Record<string, string> = {}

beforeAll(async () => {
  if (Bun.which(PROGRAM, { PATH: PROGRAM_PATH }) !== null) await writeOrigin()
}, 60_000)

async function writeOrigin(): Promise<void> {
  const tree = createDistributionTree(origin)
  await using server = await startDockerRegistry(origin)
  const { url } = server

  async function pushBlob(repository: string, text: string) {
    const digest = digestOf(Buffer.from(text))
    const begun = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: "POST" })
    const location = new URL(begun.headers.get("Location") ?? "", url)
    location.searchParams.set("digest", digest)
    const headers = { "Content-Type": "application/octet-stream" }
    const put = await fetch(location, { method: "PUT", headers, body: text })
    if (put.status !== 201) throw new Error(`${put.status} ${await put.text()}`)
    return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: text.length }
  }

  async function pushManifest(repository: string, reference: string | undefined, manifest: { mediaType: string }) {
    const body = JSON.stringify(manifest)
    const digest = digestOf(Buffer.from(body))
    const put = await fetch(`${url}/v2/${repository}/manifests/${reference ?? digest}`, {
      method: "PUT",
      headers: { "Content-Type": manifest.mediaType },
      body,
    })
    if (put.status !== 201) throw new Error(`${put.status} ${await put.text()}`)
    return { mediaType: manifest.mediaType, digest, size: body.length }
  }

  async function pushImage(repository: string, reference: string | undefined, texts: string[], extra = {}) {
    const config = { ...(await pushBlob(repository, "{}")), mediaType: "application/vnd.oci.image.config.v1+json" }
    const layers: unknown[] = []
    for (const text of texts) layers.push(await pushBlob(repository, text))
    return pushManifest(repository, reference, {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config,
      layers,
      ...extra,
    } as {
      mediaType: string
    })
  }

  async function pushIndex(repository: string, reference: string | undefined, manifests: { digest: string }[]) {
    return pushManifest(repository, reference, { schemaVersion: 2, mediaType: OCI_INDEX, manifests } as {
      mediaType: string
    })
  }

  // The order of directories is neither that of the names nor that of their parts alone.
  for (const repository of ["app", "app/1", "app/web", "app-x", "a"]) await pushImage(repository, "v1", [repository])
  // A layer twice, out of the order of digests, and one that others have as well.
  await pushImage("app", "v2", ["z", "shared", "z", "a"])
  await pushImage("app/web", "v2", ["shared"])

  const children = [await pushImage("multi", undefined, ["amd64"]), await pushImage("multi", undefined, ["arm64"])]
  const index = await pushIndex("multi", "v1", children)
  for (const [at, { digest }] of children.entries()) known[`child ${at}`] = digest
  // Nested, and tagged by the outermost alone.
  known["grandchild"] = (await pushImage("nested", undefined, ["deep"])).digest
  const inner = await pushIndex("nested", undefined, [{ ...(await pushImage("nested", undefined, ["deep"])) }])
  known["inner index"] = inner.digest
  await pushIndex("nested", "v1", [inner])
  const signature = await pushImage("multi", undefined, ["signature"], { subject: index })
  known["signature"] = signature.digest

  known["untagged"] = (await pushImage("app", undefined, ["of an untagged image"])).digest
  known["moved on"] = (await pushImage("app", "latest", ["of the first latest"])).digest
  await pushImage("app", "latest", ["of the second latest"])
  // 2.8 fails where a repository has no tag at all.
  await pushImage("gone", "v1", ["gone"])
  known["untagged index"] = (
    await pushIndex("gone", undefined, [await pushImage("gone", undefined, ["of a child of an untagged index"])])
  ).digest
  known["its child"] = (await pushImage("gone", undefined, ["of a child of an untagged index"])).digest

  await pushBlob("app", "unreferenced")
  await pushBlob("blobs", "in a repository that has nothing else")
  const deleted = await pushImage("app/1", "old", ["of a deleted image", "shared"])
  const answer = await fetch(`${url}/v2/app/1/manifests/${deleted.digest}`, { method: "DELETE" })
  if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`)
  // Distribution 2.8 deletes no tags, people do, and objects that nothing names are left by it.
  known["tag deleted"] = (await pushImage("a", "old", ["of an image whose tag was deleted"])).digest
  tree.remove("a", "tag", "old")
  tree.putBlob("nothing names this")
}

interface Outcome {
  /** The lines of each repository, in order. */
  blocks: Map<string, string[]>
  order: string[]
  summary: string
  /** Of blobs, which distribution prints in no order. */
  blobs: Set<string>
  /** The digests of what is stored. */
  stored: Set<string>
}

function readOutcome(stdout: string, root: string): Outcome {
  const [above = "", below = ""] = stdout.split("\n\n")
  const blocks = new Map<string, string[]>()
  let block: string[] = []
  for (const line of above.split("\n")) {
    if (!line.includes(": ")) blocks.set(line, (block = []))
    else block.push(line)
  }
  const [summary = "", ...blobs] = below.split("\n").filter((line) => line !== "")
  return { blocks, order: [...blocks.keys()], summary, blobs: new Set(blobs), stored: listStored(root) }
}

function listStored(root: string): Set<string> {
  const files = globSync(`${root}/docker/registry/v2/blobs/sha256/*/*/data`)
  return new Set(files.map((path) => `sha256:${basename(dirname(path))}`))
}

async function collect(name: string, options: string[]): Promise<{ theirs: Outcome; ours: Outcome }> {
  const roots = ["theirs", "ours"].map((who) => join(scratch.path, `${name}-${who}`))
  for (const root of roots) cpSync(origin, root, { recursive: true, preserveTimestamps: true })
  const [theirRoot = "", ourRoot = ""] = roots
  const theirConfig = writeConfig(theirRoot, { log: { level: "error" } })
  const ourConfig = writeConfig(ourRoot)
  const theirs = await attempt([PROGRAM, "garbage-collect", ...options, theirConfig])
  const ours = await berth(ourConfig, "garbage-collect", ...options, ourConfig)
  expect([theirs.exitCode, ours.exitCode, ours.stderr]).toEqual([0, 0, ""])
  return { theirs: readOutcome(theirs.stdout, theirRoot), ours: readOutcome(ours.stdout, ourRoot) }
}

/** A difference that is meant to be: what is said of it is in docs/garbage-collection.md. */
interface Intended {
  says: string
  /** Manifests, by their names above. */
  of: string[]
}

const stays: Intended[] = [
  { says: "keeps the images of multi-platform tags", of: ["child 0", "child 1", "grandchild", "inner index"] },
  { says: "the signatures of what stays", of: ["signature"] },
]
const fileStays: Intended = {
  says: "keeps its file until",
  of: ["untagged", "moved on", "untagged index", "its child", "tag deleted"],
}

const digestsOf = (rows: Intended[]) => new Set(rows.flatMap(({ of }) => of.map((name) => known[name] ?? name)))

/** What a manifest of the origin names, as a line has it. */
function listNamed(digest: string): string[] {
  const path = createDistributionTree(origin).blobPath(digest)
  const { config, layers = [] } = JSON.parse(readFileSync(path, "utf8")) as {
    config?: { digest: string }
    layers?: { digest: string }[]
  }
  return [...(config ? [config] : []), ...layers].map((each) => each.digest)
}

const minus = (one: Set<string>, other: Set<string>) => [...one].filter((each) => !other.has(each)).toSorted()

describe("garbage-collect and that of registry:2", () => {
  for (const [name, ...options] of [["plain"], ["dry", "--dry-run"], ["short", "-d"]] as const)
    testBoth(`print the same and leave the same: ${name}`, async () => {
      const { theirs, ours } = await collect(name, [...options])
      expect(ours).toEqual(theirs)
      expect(theirs.blobs.size).toBeGreaterThan(3)
      expect(theirs.order.indexOf("app/1")).toBeLessThan(theirs.order.indexOf("app"))
      const gone = listStored(origin).size - ours.stored.size
      expect(gone).toBe(name === "plain" ? ours.blobs.size : 0)
    })

  for (const options of [["--delete-untagged"], ["--dry-run", "--delete-untagged"], ["-d", "-m"]])
    testBoth(`differ by what is meant to stay: ${options.join(" ")}`, async () => {
      const { theirs, ours } = await collect(options.join(""), options)
      expect(ours.order).toEqual(theirs.order)
      const kept = digestsOf(stays)
      for (const [repository, lines] of theirs.blocks) {
        const expected = lines.flatMap((line) => {
          const digest = line.replace("manifest eligible for deletion: ", "")
          if (!kept.has(digest)) return [line]
          const named = readFileSync(createDistributionTree(origin).blobPath(digest), "utf8").includes('"manifests"')
            ? [known["grandchild"] ?? ""]
            : listNamed(digest)
          return [`marking manifest ${digest} `, ...named.map((each) => `marking blob ${each}`)].map(
            (each) => `${repository}: ${each}`,
          )
        })
        expect(ours.blocks.get(repository)).toEqual(expected)
      }
      const files = digestsOf([fileStays])
      const keptBlobs = new Set([...kept, ...[...kept].flatMap(listNamed)])
      const line = (digest: string) => `blob eligible for deletion: ${digest}`
      expect(minus(ours.blobs, theirs.blobs)).toEqual([])
      for (const each of minus(theirs.blobs, ours.blobs).map((one) => one.slice(line("").length)))
        expect([each, files.has(each) || keptBlobs.has(each)]).toEqual([each, true])
      // A row that explains nothing is one too many.
      for (const digest of files)
        expect([theirs.blobs.has(line(digest)), ours.blobs.has(line(digest))]).toEqual([true, false])
      expect(ours.summary).toEndWith(` blobs marked, ${ours.blobs.size} blobs and 5 manifests eligible for deletion`)
      expect(minus(theirs.stored, ours.stored)).toEqual([])
      if (options.includes("--delete-untagged") && options.length === 1)
        expect(minus(ours.stored, theirs.stored)).toEqual(
          minus(theirs.blobs, ours.blobs).map((one) => one.slice(line("").length)),
        )
      else expect(ours.stored).toEqual(listStored(origin))
    })

  testBoth("leave the same where nothing is printed; 2.8 has no --quiet", async () => {
    const { theirs } = await collect("loud", [])
    const root = join(scratch.path, "quiet")
    cpSync(origin, root, { recursive: true, preserveTimestamps: true })
    const config = writeConfig(root)
    const quiet = await berth(config, "garbage-collect", "--quiet", config)
    expect(quiet).toEqual({ exitCode: 0, stdout: "", stderr: "" })
    expect(listStored(root)).toEqual(theirs.stored)
  })

  test("differ as the guide says", () => {
    const guide = readFileSync(join(import.meta.dir, "..", "..", "docs", "garbage-collection.md"), "utf8")
    for (const { says } of [...stays, fileStays]) expect(guide).toContain(says)
    expect(guide).toContain("`--quiet`")
  })
})
