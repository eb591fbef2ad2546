import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createFilesystemBlobStore } from "../adapters/blob-store/filesystem/filesystem.ts"
import { createDiskFiles } from "../adapters/files/disk.ts"
import { createFilesystemLinkTree } from "../adapters/link-tree/filesystem.ts"
import { createMetadata } from "../adapters/metadata/metadata.ts"
import { pauseForOthers } from "../adapters/pause/event-loop.ts"
import { parseRepositoryName } from "../domain/repository-name.ts"
import { parseTag } from "../domain/tag.ts"
import type { BlobStore } from "../ports/blob-store.ts"
import { createManualClock } from "../ports/metadata/fixture.contract.ts"
import type { Metadata } from "../ports/metadata/metadata.ts"
import {
  createDistributionTree,
  OCI_INDEX,
  OCI_MANIFEST,
  type DistributionTree,
} from "../../test/support/distribution-tree.ts"
import { createScratch, type Scratch } from "../../test/support/scratch.ts"
import { createAdoption, type Adoption } from "./adoption.ts"

const app = parseRepositoryName("team/app")
const others = ["a", "b", "c"].map((name) => parseRepositoryName(name))
const TAGS = 100

let scratch: Scratch
let tree: DistributionTree
let metadata: Metadata
let store: BlobStore
let adoption: Adoption
/** Steps that the adoption has made, and what happens at the next one. */
let steps: number
let atStep: () => void

beforeEach(async () => {
  scratch = createScratch("berth-turns")
  tree = createDistributionTree(scratch.path)
  for (const name of [...others, app]) {
    const { digest } = tree.putImage(name, name)
    for (let n = 0; n < TAGS; n++) tree.tag(name, `t${n}`, digest)
  }
  const clock = createManualClock(1_700_000_000_000)
  const files = createDiskFiles()
  metadata = await createMetadata({ path: join(scratch.path, "metadata.db"), clock })
  store = await createFilesystemBlobStore({ root: scratch.path, threads: 1, files })
  steps = 0
  atStep = () => undefined
  adoption = createAdoption({
    links: createFilesystemLinkTree(files, scratch.path),
    store,
    records: metadata.adoption,
    repositories: metadata.repositories,
    clock,
    pause: () => {
      steps++
      atStep()
      return pauseForOthers()
    },
    limits: { manifestBytes: 4 * 2 ** 20, manifestReferences: 1000 },
  })
  await adoption.open()
})

afterEach(async () => {
  await metadata.close()
  await store.close()
  scratch[Symbol.dispose]()
})

const { signal } = new AbortController()
const run = (by = signal) => adoption.run({ isFull: false, signal: by })
const countTags = async (name = app) => (await metadata.tags.list(name, { limit: 1000 })).items.length

const findFailure = (work?: Promise<unknown>): Promise<unknown> | undefined =>
  work?.then(
    () => undefined,
    (error: unknown) => error,
  )

/** Does the work once, in the middle of a run that has begun every repository. */
function inTheMiddle<Result>(work: () => Promise<Result>): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  atStep = () => {
    if (steps < 20) return
    atStep = () => undefined
    work().then(resolve, reject)
  }
  return promise
}

describe("what is asked for during a run", () => {
  test("is there before all that nobody asks for: a whole repository", async () => {
    const asked = inTheMiddle(async () => {
      await adoption.ensure(app)
      return Promise.all([...others, app].map((name) => countTags(name)))
    })
    const whole = run()
    expect(await asked).toEqual([0, 0, 0, TAGS])
    expect(adoption.state().is).toBe("running")
    await whole
    expect(await Promise.all(others.map((name) => countTags(name)))).toEqual([TAGS, TAGS, TAGS])
  })

  test("has the store to itself: a tag with all that it names", async () => {
    const manifests = Array.from({ length: 40 }, (_, n) => {
      const { digest } = tree.putImage(app, `child ${n}`)
      return { mediaType: OCI_MANIFEST, digest, size: 10 }
    })
    tree.tag(app, "large", tree.putManifest(app, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }))
    const asked = inTheMiddle(async () => {
      const before = steps
      await adoption.ensure(app, { kind: "tag", name: "large" })
      return steps - before
    })
    const whole = run()
    // Four repositories, each with three listings at once, end the step that they are at.
    expect(await asked).toBeLessThanOrEqual(12)
    expect(await metadata.tags.find(app, parseTag("large"))).toBeDefined()
    await whole
  })

  test("holds up a run and does not stop it, however much is asked for", async () => {
    const askOn = async (): Promise<void> => {
      const asked = adoption.ensure(app, { kind: "tag", name: "none" })
      // Nothing has to be asked for any more once the repository is done.
      return asked?.then(askOn)
    }
    const asking = inTheMiddle(() => Promise.all([askOn(), askOn()]))
    expect((await run())?.counts).toMatchObject({ repositories: 4, tags: 4 * TAGS })
    await asking
  })

  test("is taken over also when the run that is at it is cancelled", async () => {
    const controller = new AbortController()
    const asked = inTheMiddle(async () => {
      const work = adoption.ensure(app)
      controller.abort()
      await work
    })
    const [outcome] = await Promise.allSettled([run(controller.signal)])
    expect(outcome.status).toBe("rejected")
    await asked
    expect(await countTags()).toBe(TAGS)
  })
})

describe("a run that two wait for", () => {
  test.each([
    ["began", 0],
    ["joined", 1],
  ])("goes on for the other one when the one who %s it cancels", async (_, who) => {
    const controllers = [new AbortController(), new AbortController()] as const
    const runs = controllers.map((each) => run(each.signal))
    const [leaves, stays] = who === 0 ? runs : runs.toReversed()
    const left = inTheMiddle(async () => {
      const leaving = controllers[who === 0 ? 0 : 1]
      leaving.abort()
      expect(await findFailure(leaves)).toBe(leaving.signal.reason)
      return adoption.state().is
    })
    expect(await left).toBe("running")
    expect((await stays)?.counts).toMatchObject({ repositories: 4, tags: 4 * TAGS })
    expect(adoption.isSettled()).toBe(true)
  })

  test("stops when both cancel, and the next one begins when it has stopped", async () => {
    const controllers = [new AbortController(), new AbortController()] as const
    const runs = controllers.map((each) => run(each.signal))
    const next = inTheMiddle(() => {
      for (const controller of controllers) controller.abort()
      return run()
    })
    for (const outcome of await Promise.allSettled(runs)) expect(outcome.status).toBe("rejected")
    expect(adoption.isSettled()).toBe(false)
    expect((await next)?.counts).toMatchObject({ repositories: 4, tags: 4 * TAGS })
  })

  test("is not waited for by one who wants more, and cancels", async () => {
    await run()
    const controller = new AbortController()
    let isOver = false
    const first = run().finally(() => (isOver = true))
    const full = adoption.run({ isFull: true, signal: controller.signal })
    controller.abort()
    expect(await findFailure(full)).toBe(controller.signal.reason)
    expect(isOver).toBe(false)
    await first
  })
})

test("its progress ends at the total, whatever is wrong with the links", async () => {
  writeFileSync(tree.linkPath(app, "tag", "t0"), "")
  rmSync(tree.linkPath(app, "tag", "t1"))
  await run()
  const [damaged] = (await adoption.listProblems({ limit: 1 })).items
  expect(damaged?.kind).toBe("link-empty")
  let last = adoption.state()
  await adoption.run({ isFull: true, signal, onProgress: (state) => (last = structuredClone(state)) })
  expect(last.total?.links).toBe(4 * (TAGS + 3))
  expect(last.progress).toEqual(last.total as never)
})
