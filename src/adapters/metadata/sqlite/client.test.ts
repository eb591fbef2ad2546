import { describe, expect, test } from "bun:test"
import { createWriterThread } from "./client.ts"

function startThread(code: string): Worker {
  return new Worker(URL.createObjectURL(new Blob([code], { type: "application/javascript" })))
}

const batch = [{ operation: "uploads.delete", input: "id", at: 0 }]

describe("writer thread", () => {
  test("rejects what it was asked, and everything after, when the thread dies", async () => {
    const thread = createWriterThread(startThread(`onmessage = () => { throw new Error("out of memory") }`))
    const failure = { name: "RegistryError", code: "STORAGE_FAILED" }
    expect(await thread.run(batch).catch((error: unknown) => error)).toMatchObject(failure)
    expect(await thread.run(batch).catch((error: unknown) => error)).toMatchObject(failure)
    await thread.close()
  })

  test("rejects what it was asked when the thread ends without a word", async () => {
    const thread = createWriterThread(startThread(`onmessage = () => process.exit(0)`))
    const failure = await thread.run(batch).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: "STORAGE_FAILED", cause: { message: expect.stringContaining("ended") } })
    await thread.close()
  })
})
