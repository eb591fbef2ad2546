import { join } from "node:path"
import { run } from "./command.ts"

const BUILD = join(import.meta.dir, "..", "..", "..", "scripts", "build.ts")

/** Builds the executable as `npm run build` does, at another path. */
export async function buildExecutable(path: string): Promise<void> {
  await run([process.execPath, BUILD, "--outfile", path])
}
