import { closeSync, fstatSync, openSync, writeSync } from "node:fs"
import type { FileContent, Files, OpenFile } from "../../../src/ports/files.ts"
import { CODES, DELAY_MS, systemError, type Fault, type Faults } from "./faults.ts"

const CHANGE: readonly Fault[] = ["EIO", "ENOSPC", "EDQUOT", "lost reply", "delay"]
const WRITE: readonly Fault[] = [...CHANGE, "torn"]
const LOOK: readonly Fault[] = ["EIO", "delay"]
const READ: readonly Fault[] = [...LOOK, "short", "wrong bytes"]
const CONTENT: readonly Fault[] = [...LOOK, "wrong bytes"]

/**
 * The real file system with faults. After a failed sync the bytes that were not durable are zeros, as after a system that
 * gave up its dirty pages: whoever syncs the same file once more and goes on is found out by what is read later.
 */
export function createFaultyFiles(files: Files, faults: Faults): Files {
  /** Files with a failed sync: they are to be given up. */
  const spoilt = new Set<string>()

  async function inject<Result>(call: string, possible: readonly Fault[], run: () => Promise<Result>): Promise<Result> {
    const fault = faults.draw(`files.${call}`, possible)
    if (fault === "delay") await Bun.sleep(DELAY_MS)
    if (fault === undefined || fault === "delay") return run()
    if (fault === "lost reply") await run()
    throw systemError(CODES[fault] ?? "EIO", call)
  }

  function wrap(path: string, file: OpenFile, isNew: boolean): OpenFile {
    let durableBytes = isNew ? 0 : Infinity
    return {
      write: async (chunks) => {
        const fault = faults.draw("files.write", WRITE)
        if (fault === "delay") await Bun.sleep(DELAY_MS)
        if (fault === "torn") await file.write(halve(chunks))
        if (fault === undefined || fault === "delay" || fault === "lost reply") await file.write(chunks)
        if (fault !== undefined && fault !== "delay") throw systemError(CODES[fault] ?? "EIO", "write")
      },
      read: async (into, position) => {
        const fault = faults.draw("files.read", READ)
        if (fault === "delay") await Bun.sleep(DELAY_MS)
        if (fault === "EIO") throw systemError("EIO", "read")
        const count = await file.read(fault === "short" ? into.subarray(0, Math.ceil(into.length / 3)) : into, position)
        if (fault === "wrong bytes" && count > 0) into[0] = (into[0] ?? 0) ^ 1
        return count
      },
      sync: async () => {
        if (spoilt.has(path)) faults.accuse(`${path} was synced again after a failed sync`)
        const fault = faults.draw("files.sync", CHANGE)
        if (fault === "delay") await Bun.sleep(DELAY_MS)
        if (fault === undefined || fault === "delay") {
          await file.sync()
          durableBytes = await file.size()
          return
        }
        if (fault === "lost reply") await file.sync()
        else dropDirtyPages(path, durableBytes)
        spoilt.add(path)
        throw systemError(CODES[fault] ?? "EIO", "sync")
      },
      truncate: (sizeBytes) => inject("truncate", CHANGE, () => file.truncate(sizeBytes)),
      size: () => inject("size", LOOK, () => file.size()),
      // A descriptor is closed whatever is said of it.
      close: () => file.close(),
    }
  }

  const special: Pick<Files, "open" | "rename" | "unlink" | "findContent"> = {
    open: async (path, mode) => {
      const before = mode === "append" ? await files.findSize(path) : undefined
      return inject("open", mode === "append" ? CHANGE : LOOK, async () => {
        const opened = await files.open(path, mode)
        return wrap(path, opened, (before ?? 0) === 0)
      })
    },
    rename: (from, to) => {
      if (spoilt.has(from)) faults.accuse(`${from} was published after a failed sync`)
      return inject("rename", CHANGE, () => files.rename(from, to))
    },
    unlink: (path) =>
      inject("unlink", CHANGE, async () => {
        await files.unlink(path)
        spoilt.delete(path)
      }),
    findContent: async (path, maxBytes) => {
      const fault = faults.draw("files.findContent", CONTENT)
      if (fault === "delay") await Bun.sleep(DELAY_MS)
      if (fault === "EIO") throw systemError("EIO", "findContent")
      const content = await files.findContent(path, maxBytes)
      return fault === "wrong bytes" && content !== undefined ? withWrongByte(content) : content
    },
  }

  /** All the others, those that come later among them. */
  return new Proxy(files, {
    get: (target, key) => {
      if (key in special) return Reflect.get(special, key)
      const method: unknown = Reflect.get(target, key)
      if (typeof method !== "function" || typeof key !== "string") return method
      return (...given: unknown[]) =>
        inject(key, LOOKS.test(key) ? LOOK : CHANGE, (): Promise<unknown> => Reflect.apply(method, target, given))
    },
  })
}

const LOOKS = /^(find|list)/

function withWrongByte(content: FileContent): FileContent {
  if (content.bytes === undefined || content.bytes.length === 0) return content
  const bytes = Uint8Array.from(content.bytes)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  return { ...content, bytes }
}

/** The first half of the bytes. */
function halve(chunks: Uint8Array[]): Uint8Array[] {
  const all = Buffer.concat(chunks)
  return [Uint8Array.from(all.subarray(0, all.length >> 1))]
}

function dropDirtyPages(path: string, from: number): void {
  if (from === Infinity) return
  const file = openSync(path, "r+")
  try {
    const dirty = fstatSync(file).size - from
    if (dirty > 0) writeSync(file, new Uint8Array(dirty), 0, dirty, from)
  } finally {
    closeSync(file)
  }
}
