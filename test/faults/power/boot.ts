import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import { createClient, WrongAnswerError } from "../client.ts"
import { withCommands } from "../commands.ts"
import { replay } from "../oracle.ts"
import { createStart } from "../victim.ts"
import type { DirectoryNode } from "./disk.ts"
import type { Image } from "./image.ts"
import { recover, type Crash } from "./life.ts"
import { ROOT } from "./registry.ts"

/**
 * Writes the image to the real disk and starts the real server on it; clients go on where they were, and everything is
 * compared. What the crash holds is taken at once: it may change while the server starts.
 */
export async function bootFrom({ image, database, entries, random }: Crash): Promise<void> {
  using scratch = createScratch("berth-power")
  const root = join(scratch.path, "data")
  mkdirSync(join(root, "berth"), { recursive: true })
  writeImage(image, root)
  writeFileSync(join(root, "berth", "metadata.db"), database.serialize())
  const oracle = replay(entries)
  const start = await createStart(scratch.path)
  const victim = await start()
  try {
    await recover(withCommands(createClient(victim.url), root), oracle, random.fork("recovery"))
    const code = await victim.stop()
    if (code !== 0) throw new WrongAnswerError(`stop: due was exit code 0, got ${code}`)
  } catch (error) {
    throw new Error(`${String(error)}\n--- server ---\n${victim.output().slice(-4000)}`, { cause: error })
  } finally {
    await victim.kill()
  }
}

function writeImage(image: Image, root: string): void {
  const directory = image.entriesOf(image.root).get(ROOT.slice(1))
  if (directory?.kind === "directory") writeDirectory(image, directory, root)
}

function writeDirectory(image: Image, directory: DirectoryNode, path: string): void {
  mkdirSync(path, { recursive: true })
  for (const [name, node] of image.entriesOf(directory)) {
    if (node.kind === "directory") writeDirectory(image, node, join(path, name))
    else writeFileSync(join(path, name), image.contentOf(node))
  }
}
