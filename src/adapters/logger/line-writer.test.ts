import { expect, test } from "bun:test"
import { createLineWriter } from "./line-writer.ts"

/** A pipe that takes `room` bytes and then none until it is emptied. */
function createPipe(room: number) {
  let taken = Buffer.alloc(0)
  let free = room
  const write = (all: Uint8Array): number => {
    if (free === 0) throw Object.assign(new Error("EAGAIN"), { code: "EAGAIN" })
    const bytes = all.subarray(0, free)
    taken = Buffer.concat([taken, bytes])
    free -= bytes.byteLength
    return bytes.byteLength
  }
  return { write, text: () => taken.toString(), empty: (bytes: number) => void (free = bytes) }
}

test("what a full pipe does not take is written when it has room again, characters whole", async () => {
  const pipe = createPipe(3)
  const lines = createLineWriter(pipe.write)
  lines.add("äöü")
  lines.add("next")
  await Bun.sleep(5)
  expect(pipe.text()).toStartWith("ä")
  pipe.empty(100)
  await Bun.sleep(80)
  expect(pipe.text()).toBe("äöü\nnext\n")
})

test("a reader that does not keep up loses lines, is told how many, and stops nobody", () => {
  const pipe = createPipe(0)
  const lines = createLineWriter(pipe.write)
  const line = "x".repeat(1000)
  for (let count = 0; count < 3000; count++) {
    lines.add(line)
    if (count % 100 === 0) lines.flush()
  }
  pipe.empty(10_000_000)
  lines.flush()
  const written = pipe.text().split("\n").slice(0, -1)
  expect(pipe.text().length).toBeLessThan(1.2 * 2 ** 20)
  expect(written.at(-1)).toBe(`${3000 - written.length + 1} lines of the log were dropped: its reader did not keep up`)
})

test("a pipe without a reader is no error", () => {
  const lines = createLineWriter(() => {
    throw Object.assign(new Error("EPIPE"), { code: "EPIPE" })
  })
  lines.add("lost")
  expect(() => lines.flush()).not.toThrow()
})
