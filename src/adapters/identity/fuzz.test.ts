import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { findBasicCredentials } from "./basic-credentials.ts"
import { parseHtpasswd } from "./htpasswd-file.ts"

const RUNS = { numRuns: 2000 }
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/
const visible = fc.string({ unit: "grapheme" }).filter((text) => !CONTROL.test(text) && text.isWellFormed())
const user = visible.filter((text) => text !== "" && !text.includes(":") && Buffer.byteLength(text) <= 255)
const encode = (text: string) => Buffer.from(text).toString("base64")

describe("findBasicCredentials", () => {
  test("reads back every user and password that a header can hold", () => {
    const scheme = fc.constantFrom("Basic ", "basic ", "BASIC   ")
    fc.assert(
      fc.property(scheme, user, visible, (start, name, password) => {
        expect(findBasicCredentials(start + encode(`${name}:${password}`))).toEqual({ user: name, password })
      }),
      RUNS,
    )
  })

  test("reads back without padding", () => {
    fc.assert(
      fc.property(user, visible, (name, password) => {
        const header = `Basic ${encode(`${name}:${password}`).replace(/=+$/, "")}`
        expect(findBasicCredentials(header)).toEqual({ user: name, password })
      }),
      RUNS,
    )
  })

  test("never throws, and gives neither a colon in a user nor a control character", () => {
    const bytes = fc.uint8Array().map((content) => `Basic ${Buffer.from(content).toString("base64")}`)
    const text = fc.string({ unit: "binary" })
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          text,
          text.map((rest) => `Basic ${rest}`),
        ),
        (header) => {
          const found = findBasicCredentials(header)
          if (found === undefined) return
          expect(found.user).not.toBe("")
          expect(found.user).not.toContain(":")
          expect(found.user + found.password).not.toMatch(CONTROL)
        },
      ),
      RUNS,
    )
  })
})

describe("parseHtpasswd", () => {
  const hash = fc.tuple(
    fc.integer({ min: 4, max: 31 }),
    fc.stringMatching(/^[./A-Za-z0-9]{53}$/),
    fc.constantFrom("a", "b", "x", "y"),
  )
  const bcrypt = hash.map(([cost, rest, minor]) => `$2${minor}$${String(cost).padStart(2, "0")}$${rest}`)
  const name = user.filter((text) => text.trim() === text && !text.startsWith("#"))
  const noise = fc.constantFrom("", "# alice:x", "   ", "\t#")

  test("reads back every entry, the last of a user, whatever comments and line ends are between", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, bcrypt, noise)), fc.constantFrom("\n", "\r\n", "  \n"), (entries, end) => {
        const lines = entries.flatMap(([each, secret, between]) => [between, `${each}:${secret}`])
        const file = parseHtpasswd(lines.join(end))
        expect(file.hashes).toEqual(new Map(entries.map(([each, secret]) => [each, secret])))
        expect({ broken: file.brokenLines, refused: file.refusedUsers }).toEqual({ broken: [], refused: [] })
      }),
    )
  })

  const piece = fc.constantFrom(
    "alice",
    ":",
    "#",
    "\n",
    "\r",
    " ",
    "$2y$05$",
    "$apr1$",
    "{SHA}",
    "\0",
    "\ufeff",
    "é",
    "x",
  )
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece, { maxLength: 60 }).map((parts) => parts.join("")),
  )

  test("never throws, and lets nobody in by a line that is no bcrypt entry", () => {
    fc.assert(
      fc.property(text, (content) => {
        const { hashes, refusedUsers, brokenLines, usualCost } = parseHtpasswd(content)
        expect([...hashes.values()].filter((each) => !/^\$2[abxy]\$\d\d\$.{53}$/.test(each))).toEqual([])
        const entries = content.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("#"))
        expect(hashes.size + refusedUsers.length + brokenLines.length).toBeLessThanOrEqual(entries.length)
        expect(usualCost).toBeWithin(4, 32)
      }),
      RUNS,
    )
  })

  test("takes time in proportion to the length of the file", () => {
    const start = performance.now()
    for (const part of [":", "\n", " ", "#", "$2y$05$", "a:$2", " \n:"]) parseHtpasswd(part.repeat(100_000))
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
