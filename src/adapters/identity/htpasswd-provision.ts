import { mkdir, open, stat, unlink } from "node:fs/promises"
import { dirname } from "node:path"
import type { Logger } from "../../ports/logger.ts"

const USER = "docker"
const PASSWORD_BYTES = 32
const COST = 10

/**
 * As distribution does: where there is no file, makes one with the user `docker` and a random password, which the log tells
 * this once and nothing else keeps. Where none can be made, whoever reads the file next says that it is missing.
 */
export async function provisionHtpasswd(path: string, log: Logger): Promise<void> {
  if (!(await isMissing(path))) return
  const password = Buffer.from(crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES))).toString("base64url")
  const hash = await Bun.password.hash(password, { algorithm: "bcrypt", cost: COST })
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeNew(path, `${USER}:${hash}\n`)
  } catch {
    return
  }
  // In the text: of a field with this name the log would show nothing, and the operator has no other way to learn it.
  log.warn(`htpasswd is missing, provisioning with default user: user=${USER} password=${password}`, { path })
}

async function isMissing(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: unknown) => error instanceof Error && "code" in error && error.code === "ENOENT",
  )
}

/** Fails where another process was faster. */
async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    // Half an entry would keep everybody out at the next start as well.
    await unlink(path)
    throw error
  } finally {
    await file.close()
  }
}
