// Whatever keeps the server from starting is said in one sentence: what is wrong, where, and what to do.
import { describe, expect } from "bun:test"
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stringify } from "yaml"
import { requirePrograms } from "../e2e/support/programs.ts"
import { startBerth } from "../support/berth.ts"
import { findFreePort } from "../support/free-port.ts"
import { createScratch } from "../support/scratch.ts"
import { canMount, mountSmallDisk } from "./small-disk.ts"

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts")
const MIB = 2 ** 20
// Of root, the capabilities by which it reads and writes whatever it likes are taken away.
const isRoot = process.getuid?.() === 0
const AS_USER = isRoot ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : []

interface Scene {
  /** An empty directory. */
  path: string
  /** The data directory, not yet there. */
  root: string
  /** Closed when the start has failed. */
  held: AsyncDisposableStack
}

interface Failure {
  what: string
  /** Prepares the scene; gives sections laid over the configuration. */
  arrange(scene: Scene): Promise<object> | object
  /** In the sentence, besides the place. */
  says: string[]
  needs?: string[]
}

const mount = canMount() ? [] : ["permission to mount"]

const FAILURES: Failure[] = [
  {
    what: "a full disk",
    needs: mount,
    arrange: ({ held }) => {
      const disk = held.use(mountSmallDisk(8))
      disk.take()
      return storedIn(join(disk.path, "data"))
    },
    says: ["berth-disk", "no space is left on its disk, make room"],
  },
  {
    what: "a disk with room for a part of a database",
    needs: mount,
    arrange: ({ held }) => {
      const disk = held.use(mountSmallDisk(8))
      disk.take(8 * MIB - 64 * 1024)
      return storedIn(join(disk.path, "data"))
    },
    says: ["berth-disk", "no space is left on its disk, make room"],
  },
  {
    what: "a disk that has become full since the last time",
    needs: mount,
    arrange: async ({ held }) => {
      const disk = held.use(mountSmallDisk(8))
      const root = join(disk.path, "data")
      await makeStore(root)
      disk.take()
      return storedIn(root)
    },
    says: ["berth-disk", "no space is left on its disk, make room"],
  },
  {
    what: "a directory that may not be written to",
    arrange: ({ root }) => {
      mkdirSync(root)
      chmodSync(root, 0o555)
      return {}
    },
    says: ["data directory", "data/berth cannot be made (EACCES)", "let the user of the server write"],
  },
  {
    what: "a directory of Berth's own that may not be written to",
    arrange: ({ root }) => {
      mkdirSync(join(root, "berth"), { recursive: true })
      chmodSync(join(root, "berth"), 0o555)
      return {}
    },
    says: ["data/berth/lock.db cannot be opened (", "the user of the server may write to both"],
  },
  {
    what: "a directory of Berth's own that may no longer be written to",
    arrange: async ({ root }) => {
      await makeStore(root)
      chmodSync(join(root, "berth"), 0o555)
      return {}
    },
    says: ["data/berth/", "the user of the server may write"],
  },
  {
    what: "a file in the place of the directory",
    arrange: ({ root }) => {
      writeFileSync(root, "")
      return {}
    },
    says: ["data directory", "is a file"],
  },
  {
    what: "a lock that may not be written to",
    arrange: async ({ root }) => {
      await makeStore(root)
      chmodSync(join(root, "berth", "lock.db"), 0o444)
      return {}
    },
    says: [
      "lock.db cannot be opened (EACCES)",
      "run it as the owner of its directory",
      "the user of the server may write to both",
    ],
  },
  {
    what: "a lock that is something else",
    arrange: async ({ root }) => {
      await makeStore(root)
      writeFileSync(join(root, "berth", "lock.db"), "something else ".repeat(500))
      return {}
    },
    says: ["lock.db is no lock file", "remove it"],
  },
  {
    what: "a lock that another server holds",
    arrange: async ({ root, held }) => {
      held.use(await startBerth({ root }))
      return {}
    },
    says: ["lock.db is locked by process", "stop that server, or give this one a directory of its own"],
  },
  {
    what: "a database that may not be written to",
    arrange: async ({ root }) => {
      await makeStore(root)
      chmodSync(join(root, "berth", "metadata.db"), 0o444)
      return {}
    },
    says: ["metadata.db cannot be opened (SQLITE_READONLY)", "the user of the server may write to both"],
  },
  {
    what: "a database that is none",
    arrange: async ({ root }) => {
      await makeStore(root)
      writeFileSync(join(root, "berth", "metadata.db"), "something else ".repeat(500))
      return {}
    },
    says: ["metadata.db is damaged (SQLITE_NOTADB)", "restore it from a backup"],
  },
  {
    what: "a database that is cut off",
    arrange: async ({ root }) => {
      await makeStore(root)
      truncateSync(join(root, "berth", "metadata.db"), 8192)
      return {}
    },
    says: ["metadata.db is damaged (SQLITE_CORRUPT)", "restore it from a backup"],
  },
  {
    what: "a database in a directory that is not there",
    arrange: ({ path }) => ({ database: { path: join(path, "nowhere", "metadata.db") } }),
    says: ["/nowhere/", "see that its directory exists"],
  },
  {
    what: "a port that is in use",
    arrange: async ({ held }) => {
      const { port } = held.use(await startBerth())
      return { http: { addr: `127.0.0.1:${port}` } }
    },
    says: ["port ", "on 127.0.0.1 is already in use", "stop the other program or set http.addr"],
  },
  {
    what: "an address of another machine",
    arrange: () => ({ http: { addr: "192.0.2.1:5000" }, log: { level: "error" } }),
    says: ["192.0.2.1 is no address of this machine", "correct http.addr"],
  },
  {
    what: "a name that has no address",
    // Where the port is in use as well, the runtime says that first.
    arrange: async () => ({
      http: { addr: `registry.invalid:${await findFreePort()}` },
      log: { level: "error" },
    }),
    says: ["registry.invalid is no address of this machine", "correct http.addr"],
  },
  {
    what: "a missing certificate",
    arrange: ({ path }) => withTls(join(path, "none.pem"), MAIN),
    says: ["none.pem: there is no such file", "correct http.tls.certificate"],
  },
  {
    what: "a certificate that is something else",
    arrange: () => withTls(MAIN, MAIN),
    says: ["main.ts holds no certificate in PEM form", "correct http.tls.certificate"],
  },
  {
    what: "a htpasswd file that is missing and cannot be made",
    // Nobody can make one there.
    arrange: () => withUsers("/proc/none/htpasswd"),
    says: ["cannot read the htpasswd file", 'make it with "htpasswd -Bc ', "or correct auth.htpasswd.path"],
  },
  {
    what: "a htpasswd file that may not be read",
    arrange: ({ path }) => {
      const file = join(path, "htpasswd")
      writeFileSync(file, "", { mode: 0o200 })
      return withUsers(file)
    },
    says: ["cannot read the htpasswd file", "let the user of the server read it"],
  },
]

describe("a server that cannot start says so in one sentence, and what to do:", () => {
  for (const failure of FAILURES) {
    const test = requirePrograms(...(failure.needs ?? []), ...(isRoot ? ["setpriv"] : []))
    test(failure.what, async () => {
      using scratch = createScratch("berth-start")
      await using held = new AsyncDisposableStack()
      const root = join(scratch.path, "data")
      const sections = await failure.arrange({ path: scratch.path, root, held })
      const { code, out, err } = await start(scratch.path, { ...storedIn(root), ...sections })
      expect({ code, out }).toEqual({ code: 1, out: "" })
      expect(err).toMatch(/^berth: cannot serve: [^\n]{20,400}\n$/)
      for (const part of failure.says) expect(err).toContain(part)
    })
  }
})

function storedIn(root: string): object {
  return { storage: { filesystem: { rootdirectory: root } } }
}

function withTls(certificate: string, key: string): object {
  return { http: { addr: "127.0.0.1:0", tls: { certificate, key } } }
}

function withUsers(path: string): object {
  return { auth: { htpasswd: { realm: "Registry", path } } }
}

async function makeStore(root: string): Promise<void> {
  const berth = await startBerth({ root })
  expect(await berth.stop()).toBe(0)
}

async function start(directory: string, sections: object): Promise<{ code: number; out: string; err: string }> {
  const file = join(directory, "config.yml")
  writeFileSync(file, stringify({ version: 0.1, http: { addr: "127.0.0.1:0" }, ...sections }))
  const child = Bun.spawn([...AS_USER, process.execPath, MAIN, "serve", file], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    timeout: 10_000,
  })
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()])
  return { code: await child.exited, out, err }
}
