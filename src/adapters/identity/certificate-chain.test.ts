import { expect, test } from "bun:test"
import { generateKeyPairSync, X509Certificate, type KeyObject } from "node:crypto"
import { createCertificate, type CertificateOptions } from "../../../test/support/certificate.ts"
import { findChainedKey } from "./certificate-chain.ts"

const now = Date.now()
const DAY_MS = 86_400_000

interface Party {
  subject: string
  key: KeyObject
  der: Buffer
}

type Options = Omit<CertificateOptions, "subject" | "key" | "issuer">

function certify(subject: string, issuer?: Party, options: Options = {}): Party {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey
  return { subject, key, der: createCertificate({ subject, key, ...(issuer !== undefined && { issuer }), ...options }) }
}

const authority = (subject: string, issuer?: Party, options: Options = {}) =>
  certify(subject, issuer, { authority: {}, ...options })

function find(chain: readonly Party[], ...roots: Party[]) {
  const x5c = chain.map(({ der }) => der.toString("base64"))
  return findChainedKey(x5c, { roots: roots.map(({ der }) => new X509Certificate(der)), now })
}

const root = authority("root")
const middle = authority("middle", root)
const leaf = certify("leaf", middle)

test("a certificate that a root has issued, by way of others in any order, gives its key", () => {
  const lower = authority("lower", middle)
  const lowest = certify("lowest", lower)
  for (const chain of [
    [lowest, lower, middle],
    [lowest, middle, lower],
    [lowest, lower, middle, root],
    [lowest, root, certify("stranger"), middle, lower],
  ])
    expect(find(chain, certify("other root"), root)?.key.equals(new X509Certificate(lowest.der).publicKey)).toBe(true)
})

test("a certificate that is itself a root needs no other", () => {
  const own = certify("own")
  expect(find([own], own)).toBeDefined()
})

test("no more authorities stand below one than it says", () => {
  const strict = authority("strict", root, { authority: { pathLength: 0 } })
  const below = authority("below", strict)
  expect(find([certify("leaf", strict), strict], root)).toBeDefined()
  expect(find([certify("leaf", below), below, strict], root)).toBeUndefined()
  const loose = authority("loose", root, { authority: { pathLength: 1 } })
  const next = authority("next", loose)
  expect(find([certify("leaf", next), next, loose], root)).toBeDefined()
})

test("a chain counts until its first certificate ends", () => {
  const short = authority("short", root, { notAfter: new Date(now + DAY_MS / 2) })
  const end = Math.trunc((now + DAY_MS / 2) / 1000) * 1000
  expect(find([certify("leaf", short), short], root)?.validUntil).toBe(end)
})

const past = { notAfter: new Date(now - 60_000) }
const future = { notBefore: new Date(now + 60_000) }
const plain = certify("plain", root)
const impostor = authority("root")
const over = authority("over", undefined, past)

test.each<[string, Party[], Party[]]>([
  ["no certificate", [], [root]],
  ["no root", [leaf, middle], []],
  ["a gap", [leaf], [root]],
  ["another root of the same name", [certify("leaf", impostor)], [root]],
  ["an issuer that is no authority", [certify("leaf", plain), plain], [root]],
  ["a root that is no authority", [certify("leaf", plain)], [plain]],
  ["a leaf that is over", [certify("leaf", middle, past), middle], [root]],
  ["a leaf that has not begun", [certify("leaf", middle, future), middle], [root]],
  ["a root that is over", [certify("leaf", over)], [over]],
  ["a leaf of unknown demands", [certify("leaf", root, { hasUnknownDemand: true })], [root]],
  ["itself alone", [certify("self")], [root]],
])("%s gives no key", (_, chain, roots) => {
  expect(find(chain, ...roots)).toBeUndefined()
})

test.each([["text"], [[7]], [["AAAA"]], [[{}]], [Array.from({ length: 11 }, () => leaf.der.toString("base64"))], [{}]])(
  "%j is no chain",
  (x5c) => {
    expect(findChainedKey(x5c, { roots: [new X509Certificate(leaf.der)], now })).toBeUndefined()
  },
)
