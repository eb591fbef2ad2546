import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs"
import type { Content } from "./content.ts"
import type { Change } from "./repository.ts"

/** An upload session under way. */
export interface OpenUpload {
  digest: string
  content: Content
  location: string
  ackedBytes: number
}

/** `intent` is written before the request is sent, the rest when its outcome is known. */
export type Entry =
  | { at: "intent"; repository: string; change: Change }
  /** The server said that it is done. */
  | { at: "ack"; repository: string }
  /** The server said that it is not done. */
  | { at: "refusal"; repository: string }
  /** No answer came; a later look showed what became of it. */
  | { at: "found"; repository: string; happened: boolean }
  /** The server said that it holds so many bytes of an upload. The next outcome of the blob's push ends it. */
  | { at: "upload"; repository: string; upload: OpenUpload }
  /** The upload session is gone, or given up. */
  | { at: "forgotten"; repository: string }
  /** Nobody may find this: its push is refused on purpose. */
  | { at: "absent"; repository: string; kind: "blob" | "manifest"; digest: string }
  /** What was deleted so far is collected from now on. */
  | { at: "collected"; repository: string }

export interface Ledger extends Disposable {
  path: string
  /** Returns when the entry is on stable storage. */
  append(entry: Entry): void
}

/** The client's own record of what it was promised: it never asks the server what it should hold. */
export function openLedger(path: string): Ledger {
  const file = openSync(path, "ax")
  return {
    path,
    append: (entry) => {
      writeSync(file, `${JSON.stringify(entry)}\n`)
      fdatasyncSync(file)
    },
    [Symbol.dispose]: () => closeSync(file),
  }
}

export function readLedger(path: string): Entry[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry)
}
