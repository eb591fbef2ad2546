/** Asks again and again until the answer is yes. Throws when it has not been for ten seconds. */
export async function waitUntil(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const giveUpAt = Date.now() + 10_000; Date.now() < giveUpAt; await Bun.sleep(20)) if (await isSo()) return
  throw new Error(`${what} did not come about`)
}
