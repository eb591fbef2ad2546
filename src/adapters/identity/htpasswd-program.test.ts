import { expect, test } from "bun:test"
import { openIdentity } from "./testing.ts"

const htpasswd = Bun.which("htpasswd")
const needs = htpasswd === null ? " (needs apache2-utils)" : ""

test.skipIf(htpasswd === null)(
  `what the program htpasswd -B writes is accepted, what it writes otherwise is not${needs}`,
  async () => {
    const make = (flags: string, user: string, password: string) =>
      Bun.spawnSync([htpasswd ?? "", flags, user, password], { stderr: "ignore" }).stdout.toString()
    const long = "x".repeat(100)
    const lines = [
      make("-Bbn", "alice", "secret"),
      make("-Bbn", "long", long),
      make("-Bbn", "jürgen", "pässwörd"),
      make("-mbn", "md5", "secret"),
      make("-sbn", "sha", "secret"),
      make("-dbn", "crypt", "secret"),
      make("-pbn", "plain", "secret"),
    ]
    using subject = await openIdentity(lines.join(""))
    for (const [user, password] of [
      ["alice", "secret"],
      ["long", long],
      ["jürgen", "pässwörd"],
    ] as const)
      expect(await subject.login(user, password)).toBe(user)
    for (const user of ["md5", "sha", "crypt", "plain"]) expect(await subject.login(user, "secret")).toBeUndefined()
    expect(subject.warnings()).toHaveLength(4)
  },
)
