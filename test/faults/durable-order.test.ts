import { expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { createScratch } from "../support/scratch.ts"
import { findGaps, isCommitted, listAnswers, listUnsyncedDirectories, type Answer } from "./durable-order.ts"
import { readTrace } from "./trace.ts"

const HEX = "ab".repeat(32)
const BLOBS = "/r/docker/registry/v2/blobs/sha256"

/** A push as it should be, one system call a line; one line is in two parts, as calls of several threads are. */
const GOOD = [
  `11  mkdir("${BLOBS}/ab", 0777) = 0`,
  `11  mkdir("${BLOBS}/ab/${HEX}", 0777) = 0`,
  `11  write(5</r/berth/uploads/u>, "bytes", 5) = 5`,
  `12  fdatasync(5</r/berth/uploads/u> <unfinished ...>`,
  `13  write(4<anon_inode:[eventfd]>, "\\1", 8) = 8`,
  `12  <... fdatasync resumed>)              = 0`,
  `11  rename("/r/berth/uploads/u", "${BLOBS}/ab/${HEX}/data") = 0`,
  `11  fsync(6<${BLOBS}/ab/${HEX}>) = 0`,
  `11  fsync(6<${BLOBS}/ab>) = 0`,
  `11  fsync(6<${BLOBS}>) = 0`,
  `14  pwrite64(7</r/berth/metadata.db-wal>, "\\0", 24, 32) = 24`,
  `14  fsync(7</r/berth/metadata.db-wal>) = 0`,
  `10  sendto(8<socket:[1]>, "HTTP/1.1 201 Created\\r\\nLocation: /v2/a/blobs/sha256:${HEX}\\r\\n", 60, 0, NULL, 0) = 60`,
]

function answerOf(lines: readonly string[]): Answer {
  using scratch = createScratch()
  writeFileSync(`${scratch.path}/log`, lines.join("\n"))
  const [answer] = listAnswers(readTrace(`${scratch.path}/log`))
  if (answer === undefined) throw new Error("the trace holds no answer")
  return answer
}

function findFaults(lines: readonly string[]): string[] {
  const answer = answerOf(lines)
  const unsynced = listUnsyncedDirectories(answer, "/r").map((path) => `${path} has no durable entry`)
  return [...findGaps(answer), ...unsynced, ...(isCommitted(answer) ? [] : ["not committed"])]
}

test("a push in the right order has no gaps", () => {
  expect(answerOf(GOOD)).toMatchObject({ status: 201, digest: `sha256:${HEX}` })
  expect(findFaults(GOOD)).toEqual([])
})

const WITHOUT: Record<string, [number, string]> = {
  "the sync of its data": [5, "/r/berth/uploads/u was not synced after its last write"],
  "the rename": [6, "no rename into place"],
  "the sync of its directory": [7, `${BLOBS}/ab/${HEX} was not synced after the rename`],
  "the sync of the prefix": [8, `${BLOBS}/ab/${HEX} has no durable entry`],
  "the sync of the algorithm's directory": [9, `${BLOBS}/ab has no durable entry`],
  "the sync of the database": [11, "not committed"],
}

for (const [what, [line, fault]] of Object.entries(WITHOUT)) {
  test(`a push without ${what} is found out`, () => {
    expect(findFaults(GOOD.toSpliced(line, 1))).toContain(fault)
  })
}

test("a sync that failed, or that returned only after the answer began, does not count", () => {
  const failed = GOOD.with(11, "14  fsync(7</r/berth/metadata.db-wal>) = -1 EIO (Input/output error)")
  expect(findFaults(failed)).toContain("not committed")
  const late = [
    ...GOOD.slice(0, 11),
    "14  fsync(7</r/berth/metadata.db-wal> <unfinished ...>",
    ...GOOD.slice(12),
    "14  <... fsync resumed>) = 0",
  ]
  expect(findFaults(late)).toContain("not committed")
})

test("a row that is written before the file is in place is found out", () => {
  const row = GOOD[10] ?? ""
  const withoutRow = GOOD.toSpliced(10, 1)
  expect(findFaults(withoutRow.toSpliced(7, 0, row))).toContain("the row came before the file")
  expect(findFaults(withoutRow.toSpliced(0, 0, row))).toContain("no row after the rename")
})
