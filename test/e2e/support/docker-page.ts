import { expect } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { findExpected, isCommand, listBlocks } from "../../docs/blocks.ts"
import { waitForAnswer } from "./containers.ts"
import type { DockerHost } from "./docker-host.ts"
import type { ClientTest } from "./programs.ts"

const REPOSITORY = join(import.meta.dir, "..", "..", "..")
/** The last command of a block starts a server. */
const START = /^docker (?:run -d|compose .* up --detach|service create|stack deploy)[^\n]*$(?![\s\S])/m

/**
 * Makes a test of each block of a page that is marked `sh container`, in the page's order: on a machine with Docker, where
 * the image `alpine` and a clone of this repository are. `refused`: it fails for want of a log-in.
 */
export function testPage(page: string, test: ClientTest, host: () => Promise<DockerHost>): void {
  const blocks = listBlocks(readFileSync(join(REPOSITORY, page), "utf8")).filter(
    (block) => isCommand(block) && block.words.includes("container"),
  )
  for (const [index, block] of blocks.entries()) {
    const { text, words } = block
    test(`${index + 1}: ${text.split("\n").at(-1)?.slice(0, 100)}`, async () => {
      const machine = await host()
      const { exitCode, stdout, stderr } = await machine.attempt(text)
      const said = `${stdout}${stderr}`
      if (words.includes("refused")) {
        expect(exitCode).not.toBe(0)
        return expect(said).toContain("no basic auth credentials")
      }
      if (exitCode !== 0) throw new Error(`${text}\nended with ${exitCode}:\n${said}`)
      const expected = findExpected(block)
      if (expected !== undefined) expect(stdout.trim()).toBe(expected)
      // A service ends after the command that removes it.
      if (/^docker (?:service|stack) rm/m.test(text))
        await machine.run('until [ -z "$(docker ps -q)" ]; do sleep 0.2; done')
      const [start] = START.exec(text) ?? []
      if (start !== undefined) await waitForStart(machine, start)
    })
  }
}

async function waitForStart(machine: DockerHost, command: string): Promise<void> {
  const port = /(?:-p |published=)(\d+)/.exec(command)?.[1] ?? (command.includes("stack") ? "443" : "5000")
  const isSecured = port === "443" || command.includes("TLS")
  await waitForAnswer(machine, `${isSecured ? "https" : "http"}://localhost:${port}/v2/`)
}
