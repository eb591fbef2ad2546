import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startBerth, type Berth } from "../support/berth.ts"
import { createScratch } from "../support/scratch.ts"

export interface ProtectedBerth extends AsyncDisposable {
  berth: Berth
  /** Puts another text in the place of the file of passwords. */
  write(text: string): void
}

export async function htpasswdLine(user: string, password: string): Promise<string> {
  return `${user}:${await Bun.password.hash(password, { algorithm: "bcrypt", cost: 4 })}\n`
}

/** Starts Berth with the given file of passwords. */
export async function startProtected(text: string): Promise<ProtectedBerth> {
  const scratch = createScratch("berth-htpasswd")
  const path = join(scratch.path, "htpasswd")
  writeFileSync(path, text)
  const berth = await startBerth({ config: { auth: { htpasswd: { realm: "Registry", path } } } })
  return {
    berth,
    write: (replacement) => writeFileSync(path, replacement),
    [Symbol.asyncDispose]: async () => {
      await berth.stop()
      scratch[Symbol.dispose]()
    },
  }
}
