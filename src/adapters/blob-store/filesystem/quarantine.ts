import { dirname } from "node:path"
import type { BlobKey } from "../../../ports/blob-store.ts"
import type { Files } from "../../../ports/files.ts"
import { ensureDirectory } from "../../files/ensure-directory.ts"
import { blobPath, quarantineDirectory, quarantineName } from "./layout.ts"

/** Moves a stored blob aside; gives its new name, or `undefined` when it is absent. */
export type Quarantine = (key: BlobKey) => Promise<string | undefined>

/** The directory is made with the first object: a store that was never damaged has none. */
export function createQuarantine(files: Files, root: string): Quarantine {
  const directory = quarantineDirectory(root)
  let before: Promise<unknown> = Promise.resolve()

  async function findFreeName(key: BlobKey): Promise<string> {
    for (let copy = 0; ; copy++) {
      const name = quarantineName(key, copy)
      if ((await files.findSize(`${directory}/${name}`)) === undefined) return name
    }
  }

  async function moveAside(key: BlobKey): Promise<string | undefined> {
    const path = blobPath(root, key)
    if ((await files.findSize(path)) === undefined) return undefined
    await ensureDirectory(files, directory)
    const name = await findFreeName(key)
    await files.rename(path, `${directory}/${name}`)
    // The new entry first: in no order of events are the bytes in neither place.
    await files.syncDirectory(directory)
    await files.syncDirectory(dirname(path))
    return name
  }

  return (key) => {
    // One after the other: two of them would take the same free name, and one would replace the other's bytes.
    const turn = before.then(() => moveAside(key))
    before = turn.catch(() => undefined)
    return turn
  }
}
