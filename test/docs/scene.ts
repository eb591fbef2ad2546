import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "../e2e/support/command.ts"
import { noise } from "../e2e/support/content.ts"
import { createImageLayout } from "../e2e/support/image-layout.ts"
import { findFreePort } from "../support/free-port.ts"
import { createScratch } from "../support/scratch.ts"
import { findExpected, isCommand, isStart, mentions, type Block } from "./blocks.ts"
import { isolateClients } from "./clients.ts"
import { startServer, type Server } from "./server.ts"

/** What a reader of a page has in front of them: a clone, a shell, and images that are called `alpine`. */
export interface Scene extends AsyncDisposable {
  /** Does what the page says next. Throws, with what was printed, when that fails. */
  play(block: Block): Promise<void>
}

const ROOT = join(import.meta.dir, "..", "..")
/** What `npm start` needs of a clone; node_modules is the one that is installed here. */
const CLONED = ["bin", "scripts", "src", "package.json", "package-lock.json"]
const PORT_IN_PAGES = /\b5000\b/g

export async function createScene(): Promise<Scene> {
  const scratch = createScratch("berth-docs")
  const clone = join(scratch.path, "clone")
  const port = await findFreePort()
  const clients = isolateClients(scratch.path)
  for (const name of CLONED) cpSync(join(ROOT, name), join(clone, name), { recursive: true })
  symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"))
  writeImage(join(clone, "alpine"))
  let server: Server | undefined

  async function stop(): Promise<void> {
    const running = server
    server = undefined
    await running?.stop()
  }

  function writeFile({ words: [name] }: Block, text: string): void {
    if (name !== undefined) writeFileSync(join(clone, name), `${text}\n`)
  }

  async function runCommands(block: Block, text: string): Promise<void> {
    for (const client of ["docker", "podman"]) if (mentions(block, client)) await clients.prepare(client)
    // `-x` prints each command: a failure shows which one it was.
    const shell = [...clients.isolation, "bash", "-euxo", "pipefail", "-c", text]
    const printed = await run(shell, { cwd: clone, env: clients.env, timeoutSeconds: 100 })
    const expected = findExpected(block)
    if (expected !== undefined && printed.trim() !== expected)
      throw new Error(`${text}\nprinted ${printed.trim()}, not ${expected}`)
  }

  return {
    play: async (block) => {
      const text = block.text.replaceAll(PORT_IN_PAGES, String(port))
      if (!isCommand(block)) return writeFile(block, text)
      if (isStart(block) || block.words.includes("stopped")) await stop()
      if (!isStart(block)) return runCommands(block, text)
      server = await startServer(text, { directory: clone, port })
    },
    [Symbol.asyncDispose]: async () => {
      await stop()
      await clients[Symbol.asyncDispose]()
      scratch[Symbol.dispose]()
    },
  }
}

function writeImage(path: string): void {
  mkdirSync(path, { recursive: true })
  const layout = createImageLayout(path)
  layout.tag("latest", layout.putImage("amd64", [layout.putLayer([{ path: "noise", content: noise(100_000, 7) }])]))
}
