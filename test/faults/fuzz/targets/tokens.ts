import { sign } from "node:crypto"
import * as fc from "fast-check"
import { createTokenCheck } from "../../../../src/adapters/identity/token-check.ts"
import { createTrustedKeys } from "../../../../src/adapters/identity/trusted-keys.ts"
import { createTokenIssuer, ISSUER, SERVICE } from "../../../support/token-issuer.ts"
import { asyncTarget, insist, type Target } from "../target.ts"
import { textOf } from "../texts.ts"

const NOW_MS = 1_800_000_000_000
const now = NOW_MS / 1000

/** Tokens take keys, which take a while to make: they are made when the targets are asked for. */
export async function openTokenTargets(): Promise<Target[]> {
  const issuer = createTokenIssuer("EdDSA")
  const stranger = createTokenIssuer("EdDSA")
  const jwk = issuer.publicKey.export({ format: "jwk" })
  const keys = await createTrustedKeys([], [{ ...jwk, kid: "key-1" }])
  const check = createTokenCheck({
    service: SERVICE,
    issuer: ISSUER,
    algorithms: ["EdDSA"],
    clock: { now: () => NOW_MS },
  })
  const isTaken = (token: string) =>
    check(token, keys).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error) return false
        throw new Error("what was thrown is no error")
      },
    )

  const aTime = fc.oneof(
    fc.integer({ min: now - 200, max: now + 200 }),
    fc.constantFrom<unknown>(undefined, "1", null, -1),
  )
  const someClaims = fc.record({
    iss: fc.constantFrom<unknown>(ISSUER, ISSUER, ISSUER, "other", undefined, [ISSUER], null),
    aud: fc.constantFrom<unknown>(SERVICE, SERVICE, [SERVICE], ["other", SERVICE], "other", [], undefined, 7),
    exp: aTime,
    nbf: aTime,
    sub: fc.constantFrom<unknown>("alice", "", "a\nb", 7, undefined),
    access: fc.constantFrom<unknown>([], undefined, {}, [{ type: "repository", name: "a", actions: ["pull"] }], [7]),
  })

  /** The token specification, once more. */
  function isRight({
    iss,
    aud,
    exp,
    nbf,
    sub,
    access,
  }: typeof someClaims extends fc.Arbitrary<infer T> ? T : never): boolean {
    return (
      iss === ISSUER &&
      (aud === SERVICE || (Array.isArray(aud) && aud.includes(SERVICE))) &&
      typeof exp === "number" &&
      exp > now - 60 &&
      (nbf === undefined || (typeof nbf === "number" && nbf <= now + 60)) &&
      (sub === undefined || sub === "alice" || sub === "") &&
      (access === undefined || (Array.isArray(access) && !access.includes(7)))
    )
  }

  const claims = asyncTarget({
    name: "tokens with right and wrong claims, against a second reader",
    share: 0.02,
    arbitrary: someClaims,
    check: async (each) => {
      const token = issuer.issue(each, { kid: "key-1" })
      insist((await isTaken(token)) === isRight(each), () => JSON.stringify(each))
    },
  })

  const good = { exp: now + 100, nbf: now - 100 }
  const headers = fc.record(
    {
      kid: fc.constantFrom<unknown>("key-1", "key-2", 7, undefined),
      alg: fc.constantFrom<unknown>("EdDSA", "none", "HS256", "ES256", "", undefined, 1),
      jwk: fc.constantFrom<unknown>(undefined, stranger.publicKey.export({ format: "jwk" }), {}, 7),
      x5c: fc.constantFrom<unknown>(undefined, stranger.x5c, [], "AAAA", [7]),
      crit: fc.constantFrom<unknown>(undefined, ["exp"], [], "b64"),
      b64: fc.constantFrom<unknown>(undefined, false),
    },
    { requiredKeys: [] },
  )

  const strangers = asyncTarget({
    name: "tokens that a stranger signed, whatever their header says",
    share: 0.02,
    arbitrary: headers,
    check: async (header) => {
      const text = [header, { iss: ISSUER, aud: SERVICE, ...good }].map(encode).join(".")
      const signature = sign(null, Buffer.from(text), stranger.privateKey).toString("base64url")
      insist(!(await isTaken(`${text}.${signature}`)), () => JSON.stringify(header))
    },
  })

  const token = issuer.issue(good, { kid: "key-1" })
  const changed = asyncTarget({
    name: "tokens with a part of their text replaced",
    share: 0.02,
    arbitrary: fc.tuple(fc.nat(token.length - 1), fc.nat(3), textOf([".", "a", "A", "_", "=", "e30", "é", "\0"], 3)),
    check: async ([at, length, piece]) => {
      const text = token.slice(0, at) + piece + token.slice(at + length)
      // The last character of a part has bits that mean nothing: what is the same when read is the same token.
      const isSame =
        text.split(".").length === 3 &&
        text.split(".").every((part, index) => isSameBytes(part, token.split(".")[index] ?? ""))
      if (!isSame) insist(!(await isTaken(text)), () => text)
    },
  })

  return [claims, strangers, changed]
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url")
}

function isSameBytes(one: string, other: string): boolean {
  return Buffer.from(one, "base64url").equals(Buffer.from(other, "base64url"))
}
