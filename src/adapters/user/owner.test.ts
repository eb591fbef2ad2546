import { afterEach, beforeEach, expect, test } from "bun:test"
import { chownSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { ROOT, requirePrograms } from "../../../test/e2e/support/programs.ts"
import { createScratch, type Scratch } from "../../../test/support/scratch.ts"
import { findOwner } from "./owner.ts"

const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
/** Only the superuser may give files away; elsewhere there is nothing to tell apart. */
const asRoot = requirePrograms(ROOT)
let scratch: Scratch

beforeEach(() => {
  scratch = createScratch("berth-owner")
})

afterEach(() => scratch[Symbol.dispose]())

function make(path: string): string {
  const made = join(scratch.path, path)
  mkdirSync(made, { recursive: true })
  return made
}

test("a directory that is not there has no owner", async () => {
  expect(await findOwner(join(scratch.path, "absent"))).toBeUndefined()
})

test("an empty directory is its own user's", async () => {
  expect(await findOwner(scratch.path)).toEqual(me)
})

test("a directory with a registry of the same user is that user's", async () => {
  make("docker/registry/v2/blobs/sha256/ab/abcd")
  make("docker/registry/v2/repositories/team/app")
  writeFileSync(join(make("berth"), "metadata.db"), "")
  expect(await findOwner(scratch.path)).toEqual(me)
})

for (const path of [
  "docker",
  "docker/registry/v2",
  "docker/registry/v2/blobs/sha256/ab",
  "docker/registry/v2/repositories/team",
  "berth",
  "berth/metadata.db",
])
  asRoot(`${path} of somebody else is named`, async () => {
    chownSync(make(path), 1234, 1235)
    expect(await findOwner(scratch.path)).toEqual({ ...me, other: { path: join(scratch.path, path), uid: 1234 } })
  })

asRoot("the group is that of the directory", async () => {
  chownSync(scratch.path, 1234, 1235)
  expect(await findOwner(scratch.path)).toEqual({ uid: 1234, gid: 1235 })
})
