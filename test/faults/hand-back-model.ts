// One directory that goes back and forth between Berth and docker-registry, and what must be in it.
import { Database } from "bun:sqlite"
import { existsSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { createFilesystemBlobStore } from "../../src/adapters/blob-store/filesystem/filesystem.ts"
import { createDiskFiles } from "../../src/adapters/files/disk.ts"
import { randomIds as ids } from "../../src/adapters/ids/random.ts"
import { createFilesystemLinkTree } from "../../src/adapters/link-tree/filesystem.ts"
import { createMetadata } from "../../src/adapters/metadata/metadata.ts"
import { pauseForOthers as pause } from "../../src/adapters/pause/event-loop.ts"
import { createHash } from "node:crypto"
import { parseDigest } from "../../src/domain/digest.ts"
import { parseRepositoryName } from "../../src/domain/repository-name.ts"
import { parseTag } from "../../src/domain/tag.ts"
import type { LinkTree } from "../../src/ports/link-tree.ts"
import { createManualClock, newManifest } from "../../src/ports/metadata/fixture.contract.ts"
import { createAdoptingMetadata } from "../../src/services/adopting-metadata.ts"
import { createAdoption } from "../../src/services/adoption.ts"
import { createExports } from "../../src/services/exports.ts"
import { createDistributionTree } from "../support/distribution-tree.ts"
import { createRandom } from "./random.ts"

/** What a tag names, by side; absent where there is none. */
interface Sides {
  ours?: string | undefined
  oursAt: number
  theirs?: string | undefined
  theirsAt: number
  /** What both had when they last agreed. */
  base?: string | undefined
}

const REPOSITORIES = ["team/app", "other"]
const TAGS = ["a", "b", "c"]
const IMAGES = 4
const LIMITS = { manifestBytes: 4 * 2 ** 20, manifestReferences: 1000 }

/** Plays as many turns, each of one side. Throws an Error that names the seed where a tag is not what it must be. */
export async function playHandBacks(root: string, { seed, turns }: { seed: number; turns: number }): Promise<void> {
  const random = createRandom(seed)
  const clock = createManualClock(1_700_000_000_000)
  const tree = createDistributionTree(root)
  const metadata = await createMetadata({ path: join(root, "metadata.db"), clock })
  const store = await createFilesystemBlobStore({ root, threads: 1, files: createDiskFiles() })
  const plain = createFilesystemLinkTree(createDiskFiles(), root)
  const log: string[] = []
  const model = new Map<string, Sides>()
  for (const repository of REPOSITORIES)
    for (const tag of TAGS) model.set(`${repository}:${tag}`, { oursAt: 0, theirsAt: 0 })
  const images = Array.from({ length: IMAGES }, (_, index) => {
    const content = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [],
      annotations: { index: `${index}` },
    })
    return { content, digest: `sha256:${createHash("sha256").update(content).digest("hex")}` }
  })
  const integer = (below: number) => random.below(below)
  const pick = <T>(items: readonly T[]): T => items[integer(items.length)] as T
  const split = (key: string) => key.split(":") as [string, string]

  /** Calls until the process is killed; and what others do meanwhile. */
  let fuse = Infinity
  let meanwhile: (() => Promise<void>) | undefined
  const burn = async () => {
    if (--fuse < 0) throw new Error("killed")
    await meanwhile?.()
  }
  const links: LinkTree = {
    ...plain,
    read: async (...asked) => {
      if (meanwhile === undefined) await burn()
      return plain.read(...asked)
    },
    write: async (...asked) => {
      await burn()
      await plain.write(...asked)
      if (fuse <= 0) throw new Error("killed")
    },
    remove: async (...asked) => {
      await burn()
      await plain.remove(...asked)
      if (fuse <= 0) throw new Error("killed")
    },
  }

  function start() {
    const { adoption: records, repositories, manifests } = metadata
    const adoption = createAdoption({ links, store, records, repositories, clock, pause, limits: LIMITS })
    const exports = createExports({
      blobs: metadata.blobs,
      gc: { hold: () => Promise.resolve(() => undefined) },
      records: metadata.exports,
      manifests,
      store,
      links: { ...links, read: (...asked) => plain.read(...asked) },
      ids,
      adoption,
    })
    return { adoption, exports, served: createAdoptingMetadata(metadata, adoption) }
  }

  function fail(what: string): never {
    throw new Error(`seed ${seed}: ${what}\n${log.slice(-25).join("\n")}`)
  }

  function merged(sides: Sides): Sides {
    const { ours, oursAt, theirs, theirsAt, base } = sides
    const isTaken = theirs !== base && ours !== theirs && (ours === base || (theirs !== undefined && theirsAt > oursAt))
    return { ...sides, base: theirs, ...(isTaken && { ours: theirs, oursAt: theirsAt }) }
  }

  const linkOf = (key: string): string | undefined => {
    const path = tree.linkPath(split(key)[0], "tag", split(key)[1])
    return existsSync(path) ? readFileSync(path, "utf8") : undefined
  }

  async function checkOurs(key: string, found: typeof metadata): Promise<void> {
    const [repository, tag] = split(key)
    const name = parseRepositoryName(repository)
    const row = await found.tags.find(name, parseTag(tag))
    const expected = model.get(key)?.ours
    if (row?.digest !== (expected as unknown)) fail(`${key} is ${row?.digest}, and must be ${expected}`)
    if (row !== undefined && (await found.manifests.find(name, row.digest)) === undefined) fail(`${key} names nothing`)
  }

  async function actOurs(found: typeof metadata): Promise<void> {
    clock.advance(1000)
    const key = pick([...model.keys()])
    const [repository, tag] = [parseRepositoryName(split(key)[0]), parseTag(split(key)[1])]
    const image = pick(images)
    const act = integer(10)
    const change = (of: (sides: Sides, key: string) => boolean, ours: string | undefined) => {
      for (const [each, sides] of model) if (of(sides, each)) model.set(each, { ...sides, ours, oursAt: clock.now() })
    }
    log.push(
      `berth ${act < 5 ? "push" : act < 8 ? "delete tag" : act < 9 ? "delete manifest" : "delete repository"} ${key} ${image.digest.slice(7, 12)}`,
    )
    if (act < 5) {
      const bytes = new TextEncoder().encode(image.content)
      const digest = parseDigest(image.digest)
      await found.manifests.put({ ...newManifest(repository, { tags: [tag] }), digest, bytes, sizeBytes: bytes.length })
      return change((_, each) => each === key, image.digest)
    }
    const deletion = { actor: "bob" }
    if (act < 8) {
      await found.tags.delete(repository, tag, deletion)
      return change((sides, each) => each === key && sides.ours !== undefined, undefined)
    }
    if (act < 9) {
      await found.manifests.delete(repository, parseDigest(image.digest), deletion)
      return change((sides, each) => split(each)[0] === repository && sides.ours === image.digest, undefined)
    }
    if (integer(3) === 0) {
      await found.repositories.delete(repository, deletion)
      change((sides, each) => split(each)[0] === repository && sides.ours !== undefined, undefined)
    }
  }

  /**
   * Tags of an export that was killed between their links and the note of it. What docker-registry does with these before
   * Berth has seen them cannot always be told from what the export did: an export that did not end is to be repeated first.
   */
  function findUnsure(): Set<string> {
    using database = new Database(join(root, "metadata.db"), { readonly: true })
    const rows = database.query("SELECT repository, name FROM exporting WHERE kind = 'tag'").all()
    return new Set((rows as { repository: string; name: string }[]).map((row) => `${row.repository}:${row.name}`))
  }

  function actTheirs(): void {
    clock.advance(1000)
    const unsure = findUnsure()
    const key = pick([...model.keys()])
    if (unsure.has(key)) return
    const [repository, tag] = split(key)
    const { content, digest } = pick(images)
    const act = integer(8)
    log.push(`registry ${act < 4 ? "push" : act < 6 ? "delete tag" : "delete manifest"} ${key} ${digest.slice(7, 12)}`)
    if (act < 4) {
      tree.putManifest(repository, content)
      tree.tag(repository, tag, digest, clock.now() / 1000)
      model.set(key, { ...(model.get(key) as Sides), theirs: digest, theirsAt: clock.now() })
    } else if (act < 6) {
      if (linkOf(key) !== undefined) tree.remove(repository, "tag", tag)
      model.set(key, { ...(model.get(key) as Sides), theirs: undefined, theirsAt: clock.now() })
    } else {
      for (const each of unsure) if (model.get(each)?.theirs === digest) return
      const link = tree.linkPath(repository, "manifest", digest)
      // As version 2 does; its garbage collection removes the directory as well.
      if (existsSync(link)) rmSync(integer(2) === 0 ? join(link, "..") : link, { recursive: true })
      for (const [each, sides] of model) {
        if (split(each)[0] !== repository || sides.theirs !== digest) continue
        tree.remove(repository, "tag", split(each)[1])
        model.set(each, { ...sides, theirs: undefined, theirsAt: clock.now() })
      }
    }
  }

  /** What is in the directory after an export, which may have been killed, was agreed on. */
  function agree(): void {
    for (const [key, sides] of model) {
      const theirs = linkOf(key)
      model.set(key, {
        ...sides,
        theirs,
        base: theirs,
        theirsAt: theirs === sides.theirs ? sides.theirsAt : clock.now(),
      })
    }
  }

  async function exportAll({ exports, served }: ReturnType<typeof start>): Promise<void> {
    const isBusy = integer(2) === 0
    const isKilled = integer(2) === 0
    let left = isBusy ? 3 : 0
    fuse = Infinity
    const { length } = log
    meanwhile = async () => {
      if (left > 0 && integer(3) === 0 && left-- > 0) await actOurs(served)
    }
    if (isKilled) fuse = integer(6)
    const outcome = await exports
      .run({ signal: new AbortController().signal, progress: () => undefined })
      .then(() => "ended", String)
    meanwhile = undefined
    fuse = Infinity
    const isAlone = log.length === length
    log.push(`export ${outcome}`)
    if (outcome !== "ended" && !outcome.includes("killed")) fail(outcome)
    agree()
    if (outcome !== "ended" || !isAlone) return
    for (const [key, { ours, theirs }] of model) {
      if (ours !== theirs) fail(`${key} was exported as ${theirs}, and is ${ours}`)
      if (theirs === undefined) continue
      const link = tree.linkPath(split(key)[0], "manifest", theirs)
      if (!existsSync(link) || !existsSync(tree.blobPath(theirs))) fail(`${key} was exported without its manifest`)
    }
  }

  async function turnOfOurs(): Promise<void> {
    let server = start()
    await server.adoption.open()
    const signal = new AbortController().signal
    // Before their turn.
    for (let count = integer(4); count > 0 && existsSync(join(root, "docker/registry/v2/repositories")); count--) {
      const key = pick([...model.keys()])
      log.push(`ask for ${key}`)
      model.set(key, merged(model.get(key) as Sides))
      await checkOurs(key, server.served)
    }
    if (integer(3) === 0) {
      fuse = integer(20)
      const outcome = await server.adoption.run({ isFull: false, signal }).then(() => "ended", String)
      fuse = Infinity
      log.push(`adoption ${outcome}`)
      server = start()
      await server.adoption.open()
    }
    await server.adoption.run({ isFull: integer(4) === 0, signal })
    log.push("adopted")
    for (const [key, sides] of model) model.set(key, merged(sides))
    for (const key of model.keys()) await checkOurs(key, metadata)
    for (let count = integer(6); count > 0; count--) await actOurs(server.served)
    for (const key of model.keys()) await checkOurs(key, metadata)
    for (let count = integer(3); count > 0; count--) {
      await exportAll(server)
      for (let after = integer(3); after > 0; after--) await actOurs(server.served)
    }
    for (const key of model.keys()) await checkOurs(key, metadata)
  }

  try {
    for (let turn = 0; turn < turns; turn++) {
      if (integer(2) === 0) for (let count = integer(6); count > 0; count--) actTheirs()
      else await turnOfOurs()
    }
  } finally {
    await metadata.close()
    await store.close()
  }
}
