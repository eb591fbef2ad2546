import { afterAll } from "bun:test"
import { type Scratch, createScratch } from "../../support/scratch.ts"

/**
 * Starts something on its first use and ends it after the file's last test, failed ones too. Lazily, because hooks run
 * also where all tests are skipped.
 */
export function shareInFile<T extends AsyncDisposable>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined
  afterAll(async () => {
    const thing = await started?.catch(() => undefined)
    await thing?.[Symbol.asyncDispose]()
  }, 60_000)
  return () => (started ??= start())
}

/** Gives a directory that is there until the file's last test has ended. */
export function shareScratch(name: string): string {
  const scratch: Scratch = createScratch(`berth-${name}`)
  afterAll(() => scratch[Symbol.dispose]())
  return scratch.path
}
