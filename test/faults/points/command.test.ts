import { expect, test } from "bun:test"
import { existsSync, mkdirSync, renameSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import { LostReplyError, WrongAnswerError } from "../client.ts"
import { waitForCommands } from "./command.ts"

/** Looks five times; `onLook`: what happens before each. */
function waitIn(root: string, onLook: (count: number) => unknown): Promise<void> {
  return waitForCommands(root, async (what, isSo) => {
    for (let count = 0; count < 5; count++) {
      await onLook(count)
      if (await isSo()) return
    }
    throw new WrongAnswerError(`${what} did not come about`)
  })
}

/** As servers do: bound elsewhere, then moved; one that ends so leaves its socket, as a killed one does. */
function listen(root: string): Bun.Server<undefined> {
  const directory = join(root, "berth")
  mkdirSync(directory, { recursive: true })
  const server = Bun.serve({ unix: join(directory, "born"), fetch: () => new Response() })
  renameSync(join(directory, "born"), join(directory, "control.sock"))
  return server
}

async function leaveSocket(root: string): Promise<void> {
  await listen(root).stop(true)
  expect(existsSync(join(root, "berth", "control.sock"))).toBe(true)
}

test("waits for a server that does not listen to commands yet, also where a killed one left its socket", async () => {
  using scratch = createScratch()
  await using servers = new AsyncDisposableStack()
  let looks = 0
  await waitIn(scratch.path, async (count) => {
    looks++
    if (count === 1) await leaveSocket(scratch.path)
    if (count === 3) servers.use(listen(scratch.path))
  })
  expect(looks).toBe(4)
})

test("fails where the server never listens to commands", async () => {
  using scratch = createScratch()
  await leaveSocket(scratch.path)
  expect(await waitIn(scratch.path, () => undefined).catch((error: unknown) => error)).toBeInstanceOf(WrongAnswerError)
})

test("fails where the server ends before it listens to commands", async () => {
  using scratch = createScratch()
  const onLook = () => {
    throw new LostReplyError("the server ended")
  }
  expect(await waitIn(scratch.path, onLook).catch((error: unknown) => error)).toBeInstanceOf(LostReplyError)
})
