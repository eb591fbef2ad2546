import { afterEach, beforeEach, expect } from "bun:test"
import { chmodSync, chownSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { ROOT, requirePrograms } from "../../../test/e2e/support/programs.ts"
import { createScratch, type Scratch } from "../../../test/support/scratch.ts"
import { becomeOwner, type UserCalls } from "./become-owner.ts"

let scratch: Scratch
let made: string[]

beforeEach(() => {
  scratch = createScratch("berth-run-as")
  chmodSync(scratch.path, 0o711)
  made = []
})

afterEach(() => scratch[Symbol.dispose]())

function recordCalls(uid: number): UserCalls {
  return {
    getuid: () => uid,
    getgroups: () => [0, 2000],
    setgroups: (groups) => void made.push(`groups ${groups.join(" ")}`),
    setgid: (gid) => void made.push(`gid ${gid}`),
    setuid: (to) => void made.push(`uid ${to}`),
  }
}

const data = () => join(scratch.path, "data")

function decide(calls = recordCalls(0), files: string[] = []): Promise<readonly string[]> {
  return becomeOwner({ root: data(), files, calls })
}

function makeData(uid: number, gid: number): void {
  mkdirSync(join(data(), "docker", "registry"), { recursive: true })
  for (const path of ["", "docker", "docker/registry"]) chownSync(join(data(), path), uid, gid)
}

/** Directories of other users can only be made by the superuser. */
const asRoot = requirePrograms(ROOT)

asRoot("the superuser becomes the owner: groups first, the user last", async () => {
  makeData(1234, 1235)
  expect(await decide()).toEqual([])
  expect(made).toEqual(["groups 2000", "gid 1235", "uid 1234"])
})

asRoot("where root owns the directory, root stays and a warning says so", async () => {
  makeData(0, 0)
  expect(await decide()).toEqual([expect.stringContaining("running as root, who owns")])
  expect(made).toEqual([])
})

asRoot("where a part belongs to somebody else, root stays and the warning names it", async () => {
  makeData(1234, 1235)
  chownSync(join(data(), "docker"), 0, 0)
  expect(await decide()).toEqual([expect.stringContaining(`but ${join(data(), "docker")} to 0`)])
  expect(made).toEqual([])
})

asRoot("where the owner may not enter a directory above, root stays and the warning names it", async () => {
  makeData(1234, 1235)
  chmodSync(scratch.path, 0o700)
  expect(await decide()).toEqual([expect.stringContaining(`may not enter ${scratch.path} above it`)])
  expect(made).toEqual([])
  chownSync(scratch.path, 0, 1235)
  chmodSync(scratch.path, 0o710)
  expect(await decide()).toEqual([])
  expect(made).toEqual(["groups 2000", "gid 1235", "uid 1234"])
})

asRoot("a superuser that may not change its user stays, and says why", async () => {
  makeData(1234, 1235)
  const setgroups = () => {
    throw new Error("EPERM")
  }
  const warnings = await decide({ ...recordCalls(0), setgroups })
  expect(warnings).toEqual([expect.stringContaining("cannot become the user 1234")])
  expect(made).toEqual([])
})

asRoot("nothing changes for other users, and where there is no directory", async () => {
  expect(await decide()).toEqual([expect.stringContaining("running as root")])
  makeData(1234, 1235)
  expect(await decide(recordCalls(1000))).toEqual([])
  expect(made).toEqual([])
})
