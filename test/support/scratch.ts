import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Scratch extends Disposable {
  path: string
}

/** Makes an empty directory that goes away with `using`, or by `Symbol.dispose`. */
export function createScratch(name = "berth"): Scratch {
  const path = mkdtempSync(join(tmpdir(), `${name}-`))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
